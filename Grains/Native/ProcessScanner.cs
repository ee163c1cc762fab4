using Microsoft.Extensions.Options;

namespace ProjectSilo.Grains.Native;

/// <summary>Scans the processes for all who ask: requests that come close together share one scan, and two never run at once.</summary>
internal sealed class ProcessScanner(BlockingWork blockingWork, IOptions<ProcessScanOptions> options, TimeProvider time)
{
    /// <summary>Where processes are.</summary>
    public const string Proc = "/proc";

    private static readonly TimeSpan MaxAge = TimeSpan.FromMilliseconds(250);

    /// <summary>Protects the fields below.</summary>
    private readonly Lock _lock = new();
    private Task<ProcessTable>? _scan;
    private bool _hasDetails;
    private long _started;

    /// <summary>A scan that is at most a quarter of a second old.</summary>
    /// <param name="withDetails">Whether programs and arguments are wanted too.</param>
    /// <param name="cancellationToken">The caller waits no longer.</param>
    /// <exception cref="TimeoutException">It takes too long.</exception>
    public Task<ProcessTable> Scan(bool withDetails, CancellationToken cancellationToken = default)
    {
        Task<ProcessTable> scan;
        lock (_lock)
        {
            if (_scan is null || (withDetails && !_hasDetails) || (_scan.IsCompleted && time.GetElapsedTime(_started) > MaxAge))
            {
                _hasDetails = withDetails;
                _started = time.GetTimestamp();
                _scan = ScanAfter(_scan, withDetails);
            }

            scan = _scan;
        }

        return scan.WaitAsync(options.Value.QueueTimeout, time, cancellationToken);
    }

    private async Task<ProcessTable> ScanAfter(Task? previous, bool withDetails)
    {
        if (previous is { IsCompleted: false })
        {
            await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await blockingWork.Run("process scan", () => ProcessTable.Read(Proc, options.Value, withDetails, time)).ConfigureAwait(false);
    }
}
