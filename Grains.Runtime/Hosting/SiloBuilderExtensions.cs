using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using ProjectSilo.Grains.Runtime.Hosting;

namespace Orleans.Hosting;

/// <summary>What a silo serves and how.</summary>
public static class SiloBuilderExtensions
{
    /// <summary>Looks for grain classes in <paramref name="assembly"/>. Embedded host only: Orleans finds them by generated code.</summary>
    public static ISiloBuilder AddGrainAssembly(this ISiloBuilder builder, Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(assembly);
        return builder.Configure<EmbeddedSiloOptions>(options => options.GrainAssemblies.Add(assembly));
    }

    /// <summary>Refuses calls to grains that <paramref name="hostsGrain"/> says no to. Embedded host only: Orleans has placement.</summary>
    public static ISiloBuilder HostGrainsWhere(this ISiloBuilder builder, Func<GrainId, bool> hostsGrain)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(hostsGrain);
        return builder.Configure<EmbeddedSiloOptions>(options => options.HostsGrain = hostsGrain);
    }

    /// <summary>Adds a filter around every grain call; filters run in the order in which they are added.</summary>
    public static ISiloBuilder AddIncomingGrainCallFilter<TFilter>(this ISiloBuilder builder)
        where TFilter : class, IIncomingGrainCallFilter
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<IIncomingGrainCallFilter, TFilter>();
        return builder;
    }

    /// <inheritdoc cref="AddIncomingGrainCallFilter{TFilter}(ISiloBuilder)"/>
    public static ISiloBuilder AddIncomingGrainCallFilter(this ISiloBuilder builder, IIncomingGrainCallFilter filter)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(filter);
        return builder;
    }

    /// <summary>Adds services.</summary>
    public static ISiloBuilder ConfigureServices(this ISiloBuilder builder, Action<IServiceCollection> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configureDelegate);
        configureDelegate(builder.Services);
        return builder;
    }

    /// <summary>Sets options.</summary>
    public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, Action<TOptions> configureOptions)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure(configureOptions);
        return builder;
    }
}
