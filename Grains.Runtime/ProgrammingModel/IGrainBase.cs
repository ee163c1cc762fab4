using Orleans.Runtime;

namespace Orleans;

/// <summary>What a grain class implements; <see cref="Grain"/> is the usual way to do so.</summary>
public interface IGrainBase
{
    /// <summary>The activation that this instance belongs to.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs as the first turn of an activation, before any request. If it throws, the requests that wait get that exception.</summary>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs as the last turn of an activation. The next activation of the same grain starts only after it.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}
