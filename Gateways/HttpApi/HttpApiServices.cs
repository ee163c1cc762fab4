using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.HttpApi;

/// <summary>Puts the HTTP API into a host.</summary>
public static class HttpApiServices
{
    /// <summary>Adds the gateway. <see cref="SecretToken"/>, <see cref="ApiIdentity"/> and <see cref="TimeProvider"/> must be registered as well.</summary>
    public static IServiceCollection AddHttpApi(this IServiceCollection services) => services.AddSingleton<HttpApiGateway>();

    /// <summary>Ends a pipeline with the API.</summary>
    public static void RunHttpApi(this IApplicationBuilder app)
    {
        var gateway = app.ApplicationServices.GetRequiredService<HttpApiGateway>();
        app.Run(gateway.Handle);
    }
}
