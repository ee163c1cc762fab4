namespace ProjectSilo.Conat.Core;

/// <summary>Says how long acks wait for one receiver: until few enough bytes wait for it, but no longer than it keeps taking some.</summary>
/// <param name="maxBytes">So many may wait.</param>
/// <param name="stall">A receiver that took nothing for so long isn't waited for.</param>
/// <param name="time">The clock.</param>
internal sealed class AckDelay(long maxBytes, TimeSpan stall, TimeProvider time)
{
    /// <summary>Protects everything below but the last.</summary>
    private readonly Lock _gate = new();
    private TaskCompletionSource? _room;
    private ITimer? _timer;
    private bool _hasEnded;
    private long _lastTaken;

    /// <summary>What an ack waits for now that <paramref name="bytes"/> wait; null: nothing.</summary>
    public Task? Until(ref long bytes)
    {
        if (Interlocked.Read(ref bytes) <= maxBytes)
        {
            return null;
        }

        lock (_gate)
        {
            // Again: what has been taken since may have been the last for long.
            if (Interlocked.Read(ref bytes) <= maxBytes)
            {
                return null;
            }

            if (_room is null)
            {
                var left = stall - time.GetElapsedTime(Volatile.Read(ref _lastTaken));
                if (_hasEnded || left <= TimeSpan.Zero)
                {
                    return null;
                }

                _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _timer ??= time.CreateTimer(static delay => ((AckDelay)delay!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _timer.Change(left, Timeout.InfiniteTimeSpan);
            }

            return _room.Task;
        }
    }

    /// <summary>The receiver takes something, or has something to take again.</summary>
    public void Began() => Volatile.Write(ref _lastTaken, time.GetTimestamp());

    /// <summary>The receiver has taken something, and <paramref name="bytes"/> still wait.</summary>
    public void Taken(long bytes)
    {
        lock (_gate)
        {
            Began();
            if (bytes <= maxBytes)
            {
                Release();
            }
        }
    }

    /// <summary>Nothing is waited for any more.</summary>
    public void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            Release();
            _timer?.Dispose();
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            var left = stall - time.GetElapsedTime(Volatile.Read(ref _lastTaken));
            if (left <= TimeSpan.Zero)
            {
                Release();
            }
            else if (_room is not null)
            {
                _timer!.Change(left, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Release()
    {
        _room?.SetResult();
        _room = null;
    }
}
