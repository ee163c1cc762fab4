namespace ProjectSilo.Conat.Stores;

/// <summary>Waits that end early.</summary>
internal static class Waiting
{
    /// <summary>Waits for a signal, but no longer than <paramref name="limit"/>, and not when <paramref name="cancellationToken"/> says so; throws for none of these.</summary>
    /// <returns>Whether the signal came.</returns>
    public static async Task<bool> UntilAsync(Task signal, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pause = Task.Delay(limit, time, stop.Token);
        await Task.WhenAny(signal, pause).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        return signal.IsCompleted;
    }
}
