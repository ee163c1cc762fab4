using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using ProjectSilo.Grains.Runtime;
using ProjectSilo.Grains.Runtime.Calls;
using ProjectSilo.Grains.Runtime.Hosting;
using ProjectSilo.Grains.Runtime.Telemetry;

namespace Microsoft.Extensions.Hosting;

/// <summary>Puts a silo into a host.</summary>
public static class OrleansSiloGenericHostExtensions
{
    /// <summary>Adds the silo of this process to the host.</summary>
    public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(hostAppBuilder);
        AddOrleans(hostAppBuilder.Services, hostAppBuilder.Configuration, configureDelegate);
        return hostAppBuilder;
    }

    /// <summary>Adds the silo of this process to the services of a host.</summary>
    public static IServiceCollection AddOrleans(this IServiceCollection services, Action<ISiloBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(services);
        var configuration = services.LastOrDefault(service => service.ServiceType == typeof(IConfiguration))?.ImplementationInstance as IConfiguration;
        return AddOrleans(services, configuration ?? new ConfigurationManager(), configureDelegate);
    }

    private static IServiceCollection AddOrleans(IServiceCollection services, IConfiguration configuration, Action<ISiloBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(configureDelegate);
        if (!services.Any(service => service.ServiceType == typeof(EmbeddedSilo)))
        {
            services.AddLogging();

            // Checked when the silo is made, which is at the start.
            services.AddOptions<SiloMessagingOptions>()
                .Validate(options => options.ResponseTimeout > TimeSpan.Zero || options.ResponseTimeout == Timeout.InfiniteTimeSpan, "ResponseTimeout is positive or infinite.");
            services.AddOptions<GrainCollectionOptions>()
                .Validate(options => options.CollectionAge > TimeSpan.Zero, "CollectionAge is positive.")
                .Validate(options => options.DeactivationTimeout > TimeSpan.Zero, "DeactivationTimeout is positive.");
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton<GrainCallTelemetry>();
            services.AddSingleton<IIncomingGrainCallFilter>(static provider => provider.GetRequiredService<GrainCallTelemetry>());
            services.AddSingleton<EmbeddedSilo>();
            services.AddSingleton<IGrainFactory, EmbeddedGrainFactory>();
            services.AddTransient(static _ => RuntimeContext.Current ?? throw new InvalidOperationException("Only grains have a grain context."));
            services.AddHostedService<SiloHostedService>();
        }

        configureDelegate(new SiloBuilder(services, configuration));
        return services;
    }
}
