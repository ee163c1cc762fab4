namespace Orleans;

/// <summary>Makes references to grains. A reference costs nothing: a grain is activated by the first call.</summary>
public interface IGrainFactory
{
    /// <summary>A reference to the grain named <paramref name="primaryKey"/>.</summary>
    /// <param name="primaryKey">The key, e.g. <c>0/home/user/a.txt</c>.</param>
    /// <param name="grainClassNamePrefix">Start of the full name of the grain class; not needed, as one class serves an interface.</param>
    /// <exception cref="ArgumentException">No known grain class implements the interface.</exception>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;

    /// <summary>As <see cref="GetGrain{TGrainInterface}"/>, for an interface known only at run time.</summary>
    IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);
}
