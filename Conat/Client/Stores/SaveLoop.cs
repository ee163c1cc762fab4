namespace ProjectSilo.Conat.Stores;

/// <summary>
/// Saves in the background, one attempt at a time: soon after something was changed, at once again if more was changed during the attempt, and after growing pauses if
/// something failed (spec 07 §4, §5.2). What several changes in a row leave behind goes in one attempt.
/// </summary>
/// <param name="attempt">Tries to save all that there is. Its exceptions are logged and count as <see cref="SaveOutcome.Retry"/>.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Gets what an attempt throws.</param>
/// <param name="closing">Ends it.</param>
internal sealed class SaveLoop(Func<CancellationToken, Task<SaveOutcome>> attempt, TimeProvider time, Action<string, Exception> log, CancellationToken closing)
{
    /// <summary>Guards all below.</summary>
    private readonly Lock _gate = new();
    private bool _isRunning;
    private bool _isWanted;
    private TaskCompletionSource _hurry = NewSignal();

    /// <summary>Sees to it that an attempt begins after now.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _isWanted = true;
            if (!_isRunning)
            {
                _isRunning = true;
                _ = Task.Run(RunAsync, CancellationToken.None);
            }
        }
    }

    /// <summary>What the last attempt failed for may have gone: the pause is over.</summary>
    public void Hurry()
    {
        lock (_gate)
        {
            _hurry.TrySetResult();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        var backoff = new StoreBackoff(150, 1.3, 10_000);
        while (true)
        {
            Task hurry;
            lock (_gate)
            {
                _isWanted = false;
                _hurry = NewSignal();
                hurry = _hurry.Task;
            }

            var outcome = await TryAsync().ConfigureAwait(false);
            lock (_gate)
            {
                if (outcome == SaveOutcome.Stop || (outcome == SaveOutcome.Done && !_isWanted))
                {
                    _isRunning = false;
                    return;
                }
            }

            if (outcome == SaveOutcome.Done)
            {
                backoff.Reset();
            }
            else
            {
                await Waiting.UntilAsync(hurry, backoff.Next(), time, closing).ConfigureAwait(false);
            }
        }
    }

    private async Task<SaveOutcome> TryAsync()
    {
        try
        {
            closing.ThrowIfCancellationRequested();
            return await attempt(closing).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            return SaveOutcome.Stop;
        }
        catch (Exception exception)
        {
            // The edge of the loop.
            log("a store can't be saved now", exception);
            return SaveOutcome.Retry;
        }
    }
}
