using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ProjectSilo.Silo.Conat;
using ProjectSilo.Silo.DataDirectory;
using ProjectSilo.Silo.InitScript;
using ProjectSilo.Silo.Kucalc;
using ProjectSilo.Silo.Logging;
using ProjectSilo.Silo.Memory;
using ProjectSilo.Silo.Startup;
using ProjectSilo.Silo.Telemetry;
using ProjectSilo.Silo.UnexpectedErrors;

namespace ProjectSilo.Silo.Hosting;

/// <summary>The composition: which services the daemon is made of. Grains and gateways: <see cref="SiloCapabilities"/>.</summary>
internal static class SiloApplication
{
    public static WebApplication Build(PreparedStart start, IPAddress address, BugCounter bugs, TimeProvider time)
    {
        // Empty, not slim: no files are watched, no variables read behind our back, nothing is registered that isn't used.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "ProjectSilo",
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.Configuration.AddInMemoryCollection(SiloConfiguration.From(start.Started));
        builder.AddProcess(start, address, bugs, time);
        builder.AddLog(start, time);
        builder.AddStatusAndMetrics(start);
        builder.AddGrains(start);
        builder.AddConat(start);
        builder.AddGateways(start);

        var app = builder.Build();
        app.UsePipelinesByPort();
        return app;
    }

    private static void AddProcess(this WebApplicationBuilder builder, PreparedStart start, IPAddress address, BugCounter bugs, TimeProvider time)
    {
        var services = builder.Services;
        FixedOptions.Add(
            builder, new SiloOptions(), static (configuration, options) => configuration.Bind(options), static options => options.IsValid(), "the options of the process must be positive");
        services.AddOptions<HostOptions>().Configure(options =>
        {
            options.ServicesStopConcurrently = true;
            // Spec 01 §14: no failure of a background service ends the daemon.
            options.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore;
        });
        services.AddSingleton<IHostLifetime, SilentLifetime>();
        services.AddSingleton(time);
        services.AddSingleton(bugs);
        services.AddSingleton(start);
        services.AddSingleton(start.Settings);
        services.AddSingleton(start.Project);
        services.AddSingleton(ProcessSession.Create(time));
        services.AddSingleton(new DataFiles(start.Settings.Data, start.FolderLock));
        services.AddSingleton<InitScriptRunner>();
        services.AddHostedService<PidRefresher>();
        FixedOptions.Add(
            builder,
            new IdleMemoryOptions(),
            static (configuration, options) => configuration.GetSection(IdleMemoryOptions.Section).Bind(options),
            static options => options.IsValid(),
            "the options of idle memory must be positive");
        services.AddHostedService<IdleMemoryRelease>();

        var listeners = new SiloListeners(start.Settings, address);
        services.AddSingleton(listeners);
        builder.WebHost.UseKestrelCore().UseSockets(static sockets =>
        {
            // An idle connection may have a buffer; to ask first whether there is data would double the calls.
            sockets.WaitForDataBeforeAllocatingBuffer = false;

            // What arrives is handled where it was received, not after two more hand-overs between threads, each of which waits on a busy machine. Nothing here blocks.
            sockets.IOQueueCount = 0;
            sockets.UnsafePreferInlineScheduling = true;
        }).ConfigureKestrel(listeners.Configure);
        services.Replace(ServiceDescriptor.Singleton<IMemoryPoolFactory<byte>, ReceiveMemory>());
        services.Replace(ServiceDescriptor.Singleton<IConnectionListenerFactory>(static provider =>
            new ReservingListeners(ActivatorUtilities.CreateInstance<SocketTransportFactory>(provider))));
    }

    private static void AddLog(this WebApplicationBuilder builder, PreparedStart start, TimeProvider time)
    {
        var veryVerbose = File.Exists(Path.Join(start.Settings.Home, ".smc-DEBUG"));
        if (LogSettings.Create(start.Started, veryVerbose, start.Settings.Data, start.Settings.IsStandalone) is not { } settings)
        {
            return;
        }

        FixedOptions.Add(
            builder,
            new LogOptions(),
            static (configuration, options) => configuration.GetSection(LogOptions.Section).Bind(options),
            static options => options.IsValid(),
            "the options of the log must be positive");
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(services => new LogWriter(settings, services.GetRequiredService<IOptions<LogOptions>>().Value, time));
        builder.Services.AddSingleton<ILoggerProvider, CocalcLoggerProvider>();
        builder.Logging.SetMinimumLevel(LogLevel.Trace);
        // The framework logs request lines with their query strings, which can hold tokens (spec 04 §10).
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
    }

    private static void AddStatusAndMetrics(this WebApplicationBuilder builder, PreparedStart start)
    {
        var services = builder.Services;
        if (start.Settings.Arguments.Kucalc || start.Settings.IsStandalone)
        {
            services.AddSingleton(new SiloMeters());
            services.AddSingleton<MetricsPage>();
            services.AddSingleton<ProjectStatusReader>();
            services.AddSingleton<ProjectStatusLoop>();
        }

        if (start.Settings.Arguments.Kucalc)
        {
            services.AddHostedService(provider => provider.GetRequiredService<ProjectStatusLoop>());
        }

        services.AddOtlpExportIfAsked(start.Started);
    }
}
