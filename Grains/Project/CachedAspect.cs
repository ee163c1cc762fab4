using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Project;

/// <summary>
/// One aspect of the configuration, kept for the life of the daemon (spec 09 §8). Calls that come while it is being computed share that computation. Used by one
/// grain, so it needs no lock.
/// </summary>
/// <param name="probe">Computes the capabilities.</param>
/// <param name="minimumInterval">Nothing is probed again so soon after the last start of a probe, nor after its failure.</param>
/// <param name="timeout">A probe that takes longer has failed.</param>
internal sealed class CachedAspect<T>(Func<Task<T>> probe, TimeSpan minimumInterval, TimeSpan timeout, TimeProvider time)
{
    private Task<(DateTimeOffset Timestamp, T Capabilities)>? _computation;
    private (DateTimeOffset Timestamp, T Capabilities)? _latest;
    private Task<T>? _probe;

    /// <summary>When the last probe started, or failed.</summary>
    private long _probeTime;

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

    private async Task<T> Probe()
    {
        try
        {
            return await probe().WaitAsync(timeout, time);
        }
        catch (TimeoutException)
        {
            _probeTime = time.GetTimestamp();
            throw new RequestException($"looking for programs takes longer than {timeout.TotalSeconds:0.#} s; is there a dead folder in PATH?");
        }
        catch
        {
            _probeTime = time.GetTimestamp();
            throw;
        }
    }

    private async Task<(DateTimeOffset Timestamp, T Capabilities)> Compute()
    {
        if (_probe is null || (_probe.IsCompleted && time.GetElapsedTime(_probeTime) >= minimumInterval))
        {
            _probeTime = time.GetTimestamp();
            _probe = Probe();
        }

        var capabilities = await _probe;
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        _latest = (now, capabilities);
        return _latest.Value;
    }
}
