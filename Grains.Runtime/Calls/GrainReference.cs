using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Orleans;
using Orleans.Runtime;

namespace ProjectSilo.Grains.Runtime.Calls;

/// <summary>What <see cref="IGrainFactory"/> gives out: an object of the grain interface whose methods send requests.</summary>
[SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "DispatchProxy derives from it at run time.")]
internal class GrainReference : DispatchProxy, IAddressable
{
    private EmbeddedSilo _silo = null!;
    private GrainInterface _interface = null!;

    public GrainId GrainId { get; private set; }

    public static object Create(EmbeddedSilo silo, GrainInterface grainInterface, string key)
    {
        var proxy = Create(grainInterface.Type, typeof(GrainReference));
        var reference = (GrainReference)proxy;
        reference._silo = silo;
        reference._interface = grainInterface;
        reference.GrainId = new GrainId(grainInterface.GrainType, IdSpan.Create(key));
        return proxy;
    }

    /// <summary>The same grain by another of its interfaces.</summary>
    /// <exception cref="InvalidCastException">The grain does not have that interface.</exception>
    public TGrainInterface Cast<TGrainInterface>()
        where TGrainInterface : IGrain
    {
        var other = _silo.Catalog.Find(typeof(TGrainInterface));
        return other.GrainType == GrainId.Type
            ? (TGrainInterface)Create(_silo, other, GrainId.Key.ToString())
            : throw new InvalidCastException($"Grain {GrainId} does not implement {typeof(TGrainInterface)}.");
    }

    public override bool Equals(object? obj) => obj is GrainReference other && other.GrainId == GrainId && other._silo == _silo;

    public override int GetHashCode() => GrainId.GetHashCode();

    public override string ToString() => $"GrainReference {GrainId}";

    protected override object Invoke(MethodInfo? targetMethod, object?[]? args) => _interface.Method(targetMethod!).Call(_silo, GrainId, args ?? []);
}
