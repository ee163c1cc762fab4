using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Gateways.Hub.PublicPaths;

namespace ProjectSilo.Gateways.Hub;

/// <summary>Puts the hub gateway into a host.</summary>
public static class HubGatewayServices
{
    /// <summary>
    /// Adds the gateway. <see cref="SecretToken"/>, <see cref="ApiTable"/>, <see cref="ApiIdentity"/> and <see cref="TimeProvider"/> must be registered as well.
    /// </summary>
    public static IServiceCollection AddHubGateway(this IServiceCollection services)
    {
        services.AddSingleton<HubDirectory>();
        services.AddSingleton<IHubs>(provider => provider.GetRequiredService<HubDirectory>());
        services.AddSingleton<HubFileEvents>();
        services.AddSingleton(provider => new HubEvents(
            provider.GetRequiredService<ApiTable>(), provider.GetRequiredService<ApiIdentity>(), provider.GetRequiredService<HubFileEvents>()));
        services.AddSingleton(provider => new HubConnectionHandler(
            provider.GetRequiredService<SecretToken>(),
            provider.GetRequiredService<IOptions<HubGatewayOptions>>(),
            provider.GetRequiredService<HubEvents>(),
            provider.GetRequiredService<HubDirectory>(),
            provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<HubConnectionHandler>>()));
        return services;
    }

    /// <summary>Adds the watcher of public paths.</summary>
    public static IServiceCollection AddPublicPathWatcher(this IServiceCollection services) => services.AddHostedService<PublicPathWatcher>();

    /// <summary>Serves the hub protocol on a Kestrel endpoint.</summary>
    public static void UseHub(this ListenOptions endpoint) => endpoint.UseConnectionHandler<HubConnectionHandler>();
}
