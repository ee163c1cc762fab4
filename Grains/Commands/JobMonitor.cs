using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Commands;

/// <summary>Measures one job and its descendants (spec 09 §1.11): often at first, then sparser.</summary>
internal sealed class JobMonitor(int pid, ProcessScanner scanner, CommandsOptions options, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly CpuSamples _cpu = new(time);

    /// <summary>Waits for the next sampling time: 1 s after the start, then <c>min(max(1, floor(elapsed/6)), 60)</c> s after each sample.</summary>
    public Task WaitForNext(CancellationToken cancellationToken)
    {
        var sixth = Math.Floor(time.GetElapsedTime(_start).TotalSeconds / 6);
        var pause = Math.Max(1, Math.Min(sixth, options.MaxStatisticsInterval.TotalSeconds));
        return Task.Delay(TimeSpan.FromSeconds(pause), time, cancellationToken);
    }

    /// <summary>A sample, or null if the process is not to be seen (any more), or the processes can't be looked at now.</summary>
    public async Task<JobStatistics?> Sample()
    {
        ProcessTable table;
        try
        {
            table = await scanner.Scan(withDetails: false);
        }
        catch (Exception exception) when (exception is TimeoutException or RequestException or PosixException)
        {
            return null;
        }

        var tree = table.Tree(pid).ToList();
        return tree.Count == 0 ? null : new JobStatistics(
            time.GetUtcNow().ToUnixTimeMilliseconds(),
            tree.Sum(entry => entry.Stat.ResidentMiB),
            _cpu.Take(tree, table.Timestamp).Sum(),
            Math.Round(tree.Sum(entry => entry.Stat.CpuSeconds), 2));
    }
}
