using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Gateways.Browser;
using ProjectSilo.Gateways.HttpApi;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Grains;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Formatters;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Kernels;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Notebooks;
using ProjectSilo.Grains.Project;
using ProjectSilo.Grains.Status;
using ProjectSilo.Grains.Terminals;
using ProjectSilo.Silo.DataDirectory;
using ProjectSilo.Silo.Startup;

namespace ProjectSilo.Silo.Hosting;

/// <summary>What the daemon can do: its grains, and the gateways that lead to them.</summary>
internal static class SiloCapabilities
{
    /// <summary>An operator's shorter one would keep a processor busy.</summary>
    private static readonly TimeSpan ShortestScanInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The grains of this compute server, on the embedded host.</summary>
    public static void AddGrains(this WebApplicationBuilder builder, PreparedStart start)
    {
        var ownId = start.Settings.ComputeServerId;
        builder.UseOrleans(silo => silo
            .AddGrainClasses(GrainServices.GrainClasses)
            .HostGrainsWhere(id => GrainKey.TryParse(id.Key.ToString()!, out var key) && key.ComputeServerId == ownId));
        builder.Services.AddGrainServices();

        var limits = start.Settings.Limits;
        builder.Services.AddSingleton(new NamedServerSettings
        {
            Folder = Path.Join(start.Settings.Data, "named_servers"),
            BasePath = start.Settings.BasePath,
            Host = ProjectLocation.Host(start.Settings),
            NotebookIopubDataRateLimit = limits.NotebookIopubDataRateLimit,
            NotebookIopubMessageRateLimit = limits.NotebookIopubMessageRateLimit,
            LabIopubDataRateLimit = limits.LabIopubDataRateLimit,
            LabIopubMessageRateLimit = limits.LabIopubMessageRateLimit,
            LabRealTimeCollaboration = limits.LabRealTimeCollaboration,
        });
        var commands = new CommandsOptions
        {
            MaxJobRecords = limits.AsyncExecCacheMax,
            JobRecordLifetime = limits.AsyncExecTtl,
            MaxStatisticsInterval = limits.AsyncExecMonitorInterval,
            MaxStatisticsSamples = limits.AsyncExecMonitorStatsLengthMax,
        };
        var files = new FilesOptions { MaxBlobSizeBytes = Math.Min(limits.MaxFileSizeBytes, FilesOptions.MaxBlobBytes) };
        FixedOptions.Add(builder, commands, static (configuration, options) => configuration.GetSection("Commands").Bind(options), new CommandsOptionsValidator());
        FixedOptions.Add(builder, files, static (configuration, options) => configuration.GetSection("Files").Bind(options), new FilesOptionsValidator());
        var terminals = new TerminalsOptions { MaxMessagesPerSecond = Math.Clamp(limits.TerminalMaxMessagesPerSecond, 1, 100_000) };
        FixedOptions.Add(builder, terminals, static (configuration, options) => configuration.GetSection("Terminals").Bind(options), new TerminalsOptionsValidator());
        FixedOptions.Add(
            builder, new FormattersOptions(), static (configuration, options) => configuration.GetSection("Formatters").Bind(options), new FormattersOptionsValidator());
        builder.AddProjectInfo(start);
        var watches = new DirectoryWatchOptions { PollInterval = limits.FileWatchPollInterval > ShortestScanInterval ? limits.FileWatchPollInterval : ShortestScanInterval };
        FixedOptions.Add(builder, watches, static (configuration, options) => configuration.GetSection("DirectoryWatch").Bind(options), new DirectoryWatchOptionsValidator());
        var kernels = new KernelsOptions
        {
            PoolSize = limits.JupyterPoolSize,
            PoolTimeout = limits.JupyterPoolTimeout,
            PoolLaunchDelay = limits.JupyterPoolLaunchDelay,
            PoolConfigurationFile = Path.Join(limits.JupyterPoolConfigDirectory, limits.JupyterPoolConfigFilename),
        };
        if (builder.Configuration.GetSection("Kernels").Exists())
        {
            FixedOptions.Add(builder, kernels, static (configuration, options) => configuration.GetSection("Kernels").Bind(options), new KernelsOptionsValidator());
        }
        else
        {
            // What the environment says is within the ranges already (ProjectLimits). To read and check so many options takes half a megabyte of an idle daemon.
            builder.Services.AddSingleton<IOptions<KernelsOptions>>(new OptionsWrapper<KernelsOptions>(kernels));
        }

        FixedOptions.Add(
            builder, new NotebooksOptions(), static (configuration, options) => configuration.GetSection("Notebooks").Bind(options), new NotebooksOptionsValidator());
        FixedOptions.Add(
            builder, new BlockingWorkOptions(), static (configuration, options) => configuration.GetSection("BlockingWork").Bind(options), new BlockingWorkOptionsValidator());
    }

    private static void AddProjectInfo(this WebApplicationBuilder builder, PreparedStart start)
    {
        var limits = start.Settings.Limits;
        var scans = new ProcessScanOptions
        {
            MaxProcesses = limits.ProcessInfoLimit,
            ScanTimeout = limits.ProcessScanTimeout,
            QueueTimeout = limits.ProcessScanQueueTimeout,
        };
        var info = new ProjectInfoOptions
        {
            ScanInterval = limits.ProcessInfoInterval > ShortestScanInterval ? limits.ProcessInfoInterval : ShortestScanInterval,
            StatusInterval = limits.StatusInterval,
            AutoRenice = start.Settings.AutoRenice || start.Settings.Arguments.Kucalc,
            IsFreeProject = start.Settings.IsFreeProject,
        };
        FixedOptions.Add(builder, scans, static (configuration, options) => configuration.GetSection("ProcessScan").Bind(options), new ProcessScanOptionsValidator());
        FixedOptions.Add(builder, info, static (configuration, options) => configuration.GetSection("ProjectInfo").Bind(options), new ProjectInfoOptionsValidator());
    }

    /// <summary>
    /// The method table and the gateways. A compute server has no hub gateway (spec 01 §18), but what asks for hubs finds that there are none.
    /// </summary>
    public static void AddGateways(this WebApplicationBuilder builder, PreparedStart start)
    {
        builder.Services.AddSingleton(provider => new ApiIdentity(
            start.Settings.ProjectId, start.Settings.ComputeServerId, provider.GetRequiredService<IOptions<SiloOptions>>().Value.SmcVersion));
        builder.Services.AddSingleton<ApiTable>();
        builder.Services.AddSingleton<BrowserCommands>();
        builder.Services.AddSingleton(new SecretToken(start.Token.Reveal()));
        builder.Services.AddHubGateway();
        if (start.Settings is { EphemeralState: false, IsStandalone: false, IsComputeServer: false })
        {
            builder.Services.AddPublicPathWatcher();
        }

        FixedOptions.Add(builder, new HubGatewayOptions(), static (configuration, options) => configuration.GetSection("Hub").Bind(options), new HubGatewayOptionsValidator());
        builder.Services.AddHttpApi();
        FixedOptions.Add(
            builder, new HttpApiOptions(), static (configuration, options) => configuration.GetSection(HttpApiOptions.Section).Bind(options), new HttpApiOptionsValidator());
        FixedOptions.Add(
            builder, new OriginCheckOptions(), static (configuration, options) => configuration.GetSection(OriginCheckOptions.Section).Bind(options), static _ => true, "");
    }
}
