namespace ProjectSilo.Grains.Commands;

/// <summary>Tells any number of waiters that something changed. A waiter takes <see cref="Next"/> <i>before</i> it looks, so it misses nothing.</summary>
internal sealed class ChangeSignal
{
    private TaskCompletionSource _next = New();

    /// <summary>Completes at the next change.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes all who wait.</summary>
    public void Raise()
    {
        var current = Volatile.Read(ref _next);
        if (Interlocked.CompareExchange(ref _next, New(), current) == current)
        {
            current.SetResult();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
