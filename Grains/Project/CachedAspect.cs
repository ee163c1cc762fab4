namespace ProjectSilo.Grains.Project;

/// <summary>
/// One aspect of the configuration, kept for the life of the daemon (spec 09 §8). Calls that come while it is being computed share that computation. Used by one
/// grain, so it needs no lock.
/// </summary>
/// <param name="probe">Computes the capabilities.</param>
/// <param name="minimumInterval">Nothing is probed again so soon after the last start of a probe, not even after a failure.</param>
internal sealed class CachedAspect<T>(Func<Task<T>> probe, TimeSpan minimumInterval, TimeProvider time)
{
    private Task<(DateTimeOffset Timestamp, T Capabilities)>? _computation;
    private (DateTimeOffset Timestamp, T Capabilities)? _latest;
    private Task<T>? _probe;
    private long _probeStarted;

    /// <summary>The capabilities and when they were taken for the configuration.</summary>
    /// <param name="noCache">Compute a new configuration; within the interval only its time is new.</param>
    public Task<(DateTimeOffset Timestamp, T Capabilities)> Get(bool noCache)
    {
        if (_latest is { } latest && !noCache)
        {
            return Task.FromResult(latest);
        }

        return _computation is { IsCompleted: false } running ? running : _computation = Compute();
    }

    private async Task<(DateTimeOffset Timestamp, T Capabilities)> Compute()
    {
        if (_probe is null || (_probe.IsCompleted && time.GetElapsedTime(_probeStarted) >= minimumInterval))
        {
            _probeStarted = time.GetTimestamp();
            _probe = probe();
        }

        var capabilities = await _probe;
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        _latest = (now, capabilities);
        return _latest.Value;
    }
}
