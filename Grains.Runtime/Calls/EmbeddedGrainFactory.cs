using Orleans;

namespace ProjectSilo.Grains.Runtime.Calls;

/// <summary>Makes references to the grains of the one silo of this process.</summary>
internal sealed class EmbeddedGrainFactory(EmbeddedSilo silo) : IGrainFactory
{
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(primaryKey);
        var found = silo.Catalog.Find(typeof(TGrainInterface));
        if (grainClassNamePrefix is not null && !found.Class.Type.FullName!.StartsWith(grainClassNamePrefix, StringComparison.Ordinal))
        {
            throw new ArgumentException($"Could not find an implementation for interface {typeof(TGrainInterface)} named {grainClassNamePrefix}*");
        }

        return (TGrainInterface)GrainReference.Create(silo, found, primaryKey);
    }

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey)
    {
        ArgumentNullException.ThrowIfNull(grainInterfaceType);
        ArgumentException.ThrowIfNullOrWhiteSpace(grainPrimaryKey);
        return (IGrain)GrainReference.Create(silo, silo.Catalog.Find(grainInterfaceType), grainPrimaryKey);
    }
}
