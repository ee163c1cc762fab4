using Orleans.Runtime;

namespace ProjectSilo.Grains.Runtime.Hosting;

/// <summary>What the embedded host serves.</summary>
public sealed class EmbeddedSiloOptions
{
    /// <summary>The grain classes.</summary>
    public ISet<Type> GrainClasses { get; } = new HashSet<Type>();

    /// <summary>Which grains this silo hosts; a call to another is refused at once. Null for all.</summary>
    public Func<GrainId, bool>? HostsGrain { get; set; }
}
