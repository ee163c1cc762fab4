using Orleans;
using Orleans.Runtime;

namespace ProjectSilo.Grains.Runtime.Calls;

/// <summary>The grain classes that the host names: one class an interface.</summary>
internal sealed class GrainCatalog
{
    private readonly Dictionary<Type, GrainInterface> _interfaces = [];
    private readonly Dictionary<GrainType, GrainClass> _classes = [];

    /// <exception cref="OrleansConfigurationException">Two classes implement one interface or have one name.</exception>
    public GrainCatalog(IEnumerable<Type> classes)
    {
        foreach (var type in classes)
        {
            Add(new GrainClass(type));
        }
    }

    public int InterfaceCount => _interfaces.Count;

    /// <exception cref="ArgumentException">No class implements <paramref name="interfaceType"/>.</exception>
    public GrainInterface Find(Type interfaceType) => _interfaces.TryGetValue(interfaceType, out var found)
        ? found
        : throw new ArgumentException($"Could not find an implementation for interface {interfaceType}", nameof(interfaceType));

    public GrainClass ClassOf(GrainType grainType) => _classes[grainType];

    private void Add(GrainClass grainClass)
    {
        if (!_classes.TryAdd(grainClass.GrainType, grainClass))
        {
            throw new OrleansConfigurationException($"Grain classes {_classes[grainClass.GrainType].Type} and {grainClass.Type} have the same grain type name.");
        }

        foreach (var type in grainClass.Type.GetInterfaces())
        {
            if (!typeof(IGrain).IsAssignableFrom(type) || type == typeof(IGrain) || type == typeof(IGrainWithStringKey))
            {
                continue;
            }

            if (!_interfaces.TryAdd(type, new GrainInterface(type, grainClass)))
            {
                throw new OrleansConfigurationException($"Grain classes {_interfaces[type].Class.Type} and {grainClass.Type} both implement {type}.");
            }
        }
    }
}
