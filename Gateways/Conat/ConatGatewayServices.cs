using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Gateways.Conat.Files;
using ProjectSilo.Gateways.Conat.Listings;
using ProjectSilo.Gateways.Conat.Status;
using ProjectSilo.Gateways.Conat.Terminals;

namespace ProjectSilo.Gateways.Conat;

/// <summary>Puts the conat gateway into a host.</summary>
public static partial class ConatGatewayServices
{
    /// <summary>
    /// Adds the daemon's one client of the bus and its services. <see cref="IConatTransport"/>, <see cref="ApiTable"/>, <see cref="BrowserCommands"/>,
    /// <see cref="ApiIdentity"/> and <see cref="TimeProvider"/> must be registered as well.
    /// </summary>
    public static IServiceCollection AddConatGateway(this IServiceCollection services)
    {
        services.AddSingleton(CreateClient);
        services.AddSingleton<ServiceSwitch>();
        services.AddSingleton<IServiceSwitch>(provider => provider.GetRequiredService<ServiceSwitch>());
        services.AddSingleton<IComputeServers, BusComputeServers>();
        services.AddSingleton<IBusService, ProjectApiService>();
        services.AddSingleton<IBusService, BrowserApiService>();
        services.AddSingleton<IBusService, FormatterService>();
        services.AddSingleton<IBusService, FileReadService>();
        services.AddSingleton<IBusService, FileWriteService>();
        services.AddSingleton<IBusService, ExecStreamService>();
        services.AddSingleton<IBusService, ProjectInfoService>();
        services.AddSingleton<IBusService, UsageInfoService>();
        services.AddSingleton<ListingsService>();
        services.AddSingleton<IBusService>(provider => provider.GetRequiredService<ListingsService>());
        services.AddHostedService<ConatGateway>();

        // After the gateway, so that it stops before the connection ends.
        services.AddSingleton<TerminalServices>();
        services.AddSingleton<ITerminalServices>(provider => provider.GetRequiredService<TerminalServices>());
        services.AddHostedService(provider => provider.GetRequiredService<TerminalServices>());
        services.AddHostedService<ProjectStatusPublisher>();
        services.AddHostedService(provider => provider.GetRequiredService<ListingsService>());
        return services;
    }

    /// <summary>Adds the check that the hub still takes this version. Without a hub there is nobody to ask.</summary>
    public static IServiceCollection AddVersionCheck(this IServiceCollection services) => services.AddHostedService<VersionCheck>();

    /// <summary>Adds <c>time.*.api</c>, which without a hub nobody else serves.</summary>
    /// <param name="services">The host's.</param>
    /// <param name="hubTransport">A way to the broker as a hub.</param>
    public static IServiceCollection AddTimeService(this IServiceCollection services, Func<IServiceProvider, IConatTransport> hubTransport) =>
        services.AddSingleton<IHostedService>(provider => new TimeService(
            hubTransport(provider), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<TimeService>>()));

    private static ConatClient CreateClient(IServiceProvider provider)
    {
        var logger = provider.GetRequiredService<ILogger<ConatClient>>();
        return new ConatClient(provider.GetRequiredService<IConatTransport>(), new ConatClientOptions
        {
            InboxPrefix = ConatNames.ProjectInbox(provider.GetRequiredService<ApiIdentity>().ProjectId),
            MaxWaitingReplyBytes = provider.GetRequiredService<IOptions<ConatGatewayOptions>>().Value.MaxUploadBufferBytes,
            Time = provider.GetRequiredService<TimeProvider>(),
            Log = (message, exception) => LogClient(logger, message, exception),
        });
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Message}")]
    private static partial void LogClient(ILogger logger, string message, Exception? exception);
}
