namespace Orleans.Configuration;

/// <summary>When activations end.</summary>
public sealed class GrainCollectionOptions
{
    /// <summary>An activation without requests for this long is deactivated.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Time for an activation to end, and for all of them when the silo stops. Shorter than in Orleans: a container is killed soon.</summary>
    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(3);
}
