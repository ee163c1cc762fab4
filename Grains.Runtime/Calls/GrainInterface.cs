using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Runtime;

namespace ProjectSilo.Grains.Runtime.Calls;

/// <summary>A grain interface, the class that implements it, and its methods as far as they have been called.</summary>
internal sealed class GrainInterface(Type type, GrainClass grainClass)
{
    private readonly ConcurrentDictionary<MethodInfo, GrainMethod> _methods = new();

    public Type Type { get; } = type;

    public GrainClass Class { get; } = grainClass;

    public GrainType GrainType => Class.GrainType;

    public GrainMethod Method(MethodInfo info) => _methods.TryGetValue(info, out var method) ? method : _methods.GetOrAdd(info, GrainMethod.Create);
}
