using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

#pragma warning disable CA1725 // Orleans names the parameter differently in the class and in the interface.

namespace Orleans;

/// <summary>Base of grain classes.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    private IGrainFactory? _grainFactory;

    /// <summary>Only the grain host constructs grains.</summary>
    /// <exception cref="InvalidOperationException">The grain is constructed by other code.</exception>
    protected Grain()
    {
        GrainContext = RuntimeContext.Current ?? throw new InvalidOperationException("Grains are constructed by the grain host; get a reference from IGrainFactory.");
    }

    /// <inheritdoc/>
    public IGrainContext GrainContext { get; }

    /// <summary>Makes references to other grains.</summary>
    protected IGrainFactory GrainFactory => _grainFactory ??= ServiceProvider.GetRequiredService<IGrainFactory>();

    /// <summary>The services of this activation: a scope of the silo's.</summary>
    protected internal IServiceProvider ServiceProvider => GrainContext.ActivationServices;

    /// <summary>The grain's identity as text, <c>type/key</c>.</summary>
    public string IdentityString => GrainContext.GrainId.ToString();

    /// <inheritdoc cref="IGrainBase.OnActivateAsync"/>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc cref="IGrainBase.OnDeactivateAsync"/>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation once the requests that it runs are done; requests that wait go to the next activation.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    /// <summary>
    /// Keeps this activation from idle collection for at least <paramref name="timeSpan"/>. <see cref="TimeSpan.MaxValue"/> and
    /// <see cref="Timeout.InfiniteTimeSpan"/> mean for ever, zero or less takes an earlier delay back.
    /// </summary>
    protected void DelayDeactivation(TimeSpan timeSpan) => GrainBaseExtensions.Activation(this).DelayDeactivation(timeSpan);
}
