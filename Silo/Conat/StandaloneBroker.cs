using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Server.Hosting;
using ProjectSilo.Conat.Server.InProcess;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Grains.Native;
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
        services.AddOptions<ConatBrokerOptions>().Bind(builder.Configuration.GetSection(ConatBrokerOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ConatBrokerOptions>, ConatBrokerOptionsValidator>();
        services.AddSingleton(provider => new ConatBroker(
            provider.GetRequiredService<IOptions<ConatBrokerOptions>>().Value,
            new StandaloneAuthenticator(start.Settings, start.Token, provider.GetRequiredService<BlockingWork>()),
            new ConatPermissions(new StandaloneDirectory(start.Settings.ProjectId)),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ConatBroker>>()));
        services.AddSingleton<IConatTransport>(provider =>
            new InProcessTransport(provider.GetRequiredService<ConatBroker>(), ConatUser.Project(start.Settings.ProjectId)));
    }

    /// <summary>Serves it at the browser port, below <c>{base}/conat/</c>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void UseStandaloneBroker(this IApplicationBuilder app, ProcessSettings settings) =>
        app.MapConatBroker(settings.BasePath, app.ApplicationServices.GetRequiredService<ConatBroker>());
}
