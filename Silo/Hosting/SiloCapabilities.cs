using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Gateways.Browser;
using ProjectSilo.Gateways.HttpApi;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Grains;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;
using ProjectSilo.Silo.DataDirectory;
using ProjectSilo.Silo.Startup;

namespace ProjectSilo.Silo.Hosting;

/// <summary>What the daemon can do: its grains, and the gateways that lead to them.</summary>
internal static class SiloCapabilities
{
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
        builder.Services.AddOptions<CommandsOptions>()
            .Configure(options =>
            {
                options.MaxJobRecords = limits.AsyncExecCacheMax;
                options.JobRecordLifetime = limits.AsyncExecTtl;
                options.MaxStatisticsInterval = limits.AsyncExecMonitorInterval;
                options.MaxStatisticsSamples = limits.AsyncExecMonitorStatsLengthMax;
                options.MaxScannedProcesses = limits.ProcessInfoLimit;
            })
            .Bind(builder.Configuration.GetSection("Commands"))
            .ValidateOnStart();
        builder.Services.AddOptions<FilesOptions>()
            .Configure(options => options.MaxBlobSizeBytes = Math.Min(limits.MaxFileSizeBytes, FilesOptions.MaxBlobBytes))
            .Bind(builder.Configuration.GetSection("Files"))
            .ValidateOnStart();
        builder.Services.AddOptions<BlockingWorkOptions>().Bind(builder.Configuration.GetSection("BlockingWork")).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<CommandsOptions>, CommandsOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<FilesOptions>, FilesOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<BlockingWorkOptions>, BlockingWorkOptionsValidator>();
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
        builder.Services.AddOptions<HubGatewayOptions>().Bind(builder.Configuration.GetSection("Hub")).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<HubGatewayOptions>, HubGatewayOptionsValidator>();
        builder.Services.AddHttpApi();
        builder.Services.AddOptions<HttpApiOptions>().Bind(builder.Configuration.GetSection(HttpApiOptions.Section)).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<HttpApiOptions>, HttpApiOptionsValidator>();
        builder.Services.AddOptions<OriginCheckOptions>().Bind(builder.Configuration.GetSection(OriginCheckOptions.Section));
    }
}
