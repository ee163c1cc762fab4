using System.Diagnostics.CodeAnalysis;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Conat;

/// <summary>How many requests of a kind are carried out at once, and how many wait.</summary>
/// <param name="max">Most at once.</param>
/// <param name="maxWaiting">Most that wait; one more fails.</param>
/// <param name="refusal">What that one is told.</param>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is not used holds nothing.")]
internal sealed class RequestSlots(int max, int maxWaiting, string refusal)
{
    private readonly SemaphoreSlim _free = new(max);
    private int _waiting;

    /// <summary>Waits for a slot, which disposing the result gives back.</summary>
    /// <exception cref="RequestException">Too many wait already.</exception>
    public async ValueTask<SemaphoreSlot> Acquire(CancellationToken cancellationToken)
    {
        if (_free.Wait(0, CancellationToken.None))
        {
            return new SemaphoreSlot(_free);
        }

        if (Interlocked.Increment(ref _waiting) > maxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new RequestException(refusal);
        }

        try
        {
            await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new SemaphoreSlot(_free);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
