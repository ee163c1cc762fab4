namespace ProjectSilo.Grains.Native;

/// <summary>Scans the processes for all who ask: requests that come close together share one scan, and two never run at once.</summary>
internal sealed class ProcessScanner(BlockingWork blockingWork, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromMilliseconds(250);

    /// <summary>Protects the two fields below.</summary>
    private readonly Lock _lock = new();
    private Task<ProcessTable>? _scan;
    private long _started;

    /// <summary>A scan that is at most a quarter of a second old.</summary>
    public Task<ProcessTable> Scan(int limit)
    {
        lock (_lock)
        {
            if (_scan is null || (_scan.IsCompleted && time.GetElapsedTime(_started) > MaxAge))
            {
                _started = time.GetTimestamp();
                _scan = blockingWork.Run("process scan", () => ProcessTable.Read(limit, time));
            }

            return _scan;
        }
    }
}
