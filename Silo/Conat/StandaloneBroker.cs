using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Server.Hosting;
using ProjectSilo.Conat.Server.InProcess;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Gateways.Conat;
using ProjectSilo.Grains.Native;
using ProjectSilo.Silo.Hosting;
using ProjectSilo.Silo.ProjectEnvironment;
using ProjectSilo.Silo.Startup;

namespace ProjectSilo.Silo.Conat;

/// <summary>The broker of a standalone daemon. Apart from the rest: nothing of it is loaded under a hub.</summary>
internal static class StandaloneBroker
{
    /// <summary>The broker, and the transport into it as the project.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void AddStandaloneBroker(this WebApplicationBuilder builder, PreparedStart start)
    {
        var services = builder.Services;
        FixedOptions.Add(
            builder,
            new ConatBrokerOptions(),
            static (configuration, options) => configuration.GetSection(ConatBrokerOptions.Section).Bind(options),
            new ConatBrokerOptionsValidator());
        services.AddSingleton(provider => new ConatBroker(
            provider.GetRequiredService<IOptions<ConatBrokerOptions>>().Value,
            new StandaloneAuthenticator(start.Settings, start.Token, provider.GetRequiredService<BlockingWork>()),
            new ConatPermissions(new StandaloneDirectory(start.Settings.ProjectId)),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ConatBroker>>()));
        services.AddSingleton<IConatTransport>(provider =>
            new InProcessTransport(provider.GetRequiredService<ConatBroker>(), ConatUser.Project(start.Settings.ProjectId)));
        services.AddTimeService(provider => new InProcessTransport(provider.GetRequiredService<ConatBroker>(), ConatUser.Hub("hub")));
    }

    /// <summary>The persist service beside it, as a hub.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void AddStandalonePersist(this WebApplicationBuilder builder) =>
        builder.Services.AddPersist(isHub: true, static provider => new InProcessTransport(provider.GetRequiredService<ConatBroker>(), ConatUser.Hub("hub")));

    /// <summary>Serves it at the browser port, below <c>{base}/conat/</c>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void UseStandaloneBroker(this IApplicationBuilder app, ProcessSettings settings) =>
        app.MapConatBroker(settings.BasePath, app.ApplicationServices.GetRequiredService<ConatBroker>());
}
