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
        return builder.AddGrainClasses(assembly.GetTypes().Where(IsGrainClass));
    }

    /// <summary>
    /// Adds these grain classes. Embedded host only. To look through an assembly loads every type that it has, which costs a daemon 10 ms and a megabyte at its start.
    /// </summary>
    public static ISiloBuilder AddGrainClasses(this ISiloBuilder builder, IEnumerable<Type> classes)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(classes);
        return builder.Configure<EmbeddedSiloOptions>(options => options.GrainClasses.UnionWith(classes));
    }

    /// <summary>Whether a type is a class of grains that can be activated.</summary>
    public static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false } && typeof(IGrainBase).IsAssignableFrom(type);

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
