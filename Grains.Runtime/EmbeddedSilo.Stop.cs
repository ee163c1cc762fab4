using Orleans;

namespace ProjectSilo.Grains.Runtime;

// The orderly end.
internal sealed partial class EmbeddedSilo
{
    private static readonly DeactivationReason StoppingReason = new(DeactivationReasonCode.ShuttingDown, "The silo is stopping.");

    /// <summary>
    /// Deactivates all activations in parallel. Requests that have reached one are served first, but for at most half of the
    /// deactivation timeout; when all of it has passed, what is left is abandoned.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        foreach (var (_, activation) in _activations)
        {
            activation.Deactivate(StoppingReason, CancellationToken.None);
        }

        if (await AllEndedAsync(DeactivationTimeout / 2, cancellationToken))
        {
            return;
        }

        foreach (var (_, activation) in _activations)
        {
            activation.DeactivateBusy();
        }

        if (!await AllEndedAsync(DeactivationTimeout / 2, cancellationToken))
        {
            Log.StopIncomplete(_logger, _activations.Count);
            await _aborted.CancelAsync();
        }
    }

    private async Task<bool> AllEndedAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (!_activations.IsEmpty)
            {
                await Task.WhenAll(_activations.Select(static entry => entry.Value.Deactivated)).WaitAsync(either.Token);
            }

            return true;
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return false;
        }
    }
}
