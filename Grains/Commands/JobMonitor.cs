using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Commands;

/// <summary>Measures one job and its descendants (spec 09 §1.11): often at first, then sparser.</summary>
internal sealed class JobMonitor(int pid, ProcessScanner scanner, CommandsOptions options, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private Dictionary<int, double> _cpuSeconds = [];
    private long _lastScan;

    /// <summary>Waits for the next sampling time: 1 s after the start, then <c>min(max(1, floor(elapsed/6)), 60)</c> s after each sample.</summary>
    public Task WaitForNext(CancellationToken cancellationToken)
    {
        var sixth = Math.Floor(time.GetElapsedTime(_start).TotalSeconds / 6);
        var pause = Math.Max(1, Math.Min(sixth, options.MaxStatisticsInterval.TotalSeconds));
        return Task.Delay(TimeSpan.FromSeconds(pause), time, cancellationToken);
    }

    /// <summary>A sample, or null if the process is not to be seen (any more).</summary>
    public async Task<JobStatistics?> Sample()
    {
        var table = await scanner.Scan(options.MaxScannedProcesses);
        var tree = table.Tree(pid).ToList();
        if (tree.Count == 0)
        {
            return null;
        }

        var elapsed = _lastScan == 0 ? 0 : time.GetElapsedTime(_lastScan, table.Timestamp).TotalSeconds;
        var percent = elapsed <= 0 ? 0 : tree.Sum(entry => _cpuSeconds.TryGetValue(entry.Key, out var before)
            ? Math.Max(0, 100 * (entry.Value.CpuSeconds - before) / elapsed)
            : 0);
        _cpuSeconds = tree.ToDictionary(entry => entry.Key, entry => entry.Value.CpuSeconds);
        _lastScan = table.Timestamp;
        return new JobStatistics(
            time.GetUtcNow().ToUnixTimeMilliseconds(),
            tree.Sum(entry => entry.Value.ResidentBytes) / 1048576.0,
            percent,
            Math.Round(tree.Sum(entry => entry.Value.CpuSeconds), 2));
    }
}
