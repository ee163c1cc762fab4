namespace ProjectSilo.Grains.Native;

/// <summary>How much of a processor processes use between two scans (spec 14 §2). Each who wants to know has its own.</summary>
internal sealed class CpuSamples(TimeProvider time)
{
    private Dictionary<int, (double Start, double CpuSeconds)> _before = [];
    private long? _timestamp;

    /// <summary>Takes a sample.</summary>
    /// <param name="processes">Of one scan.</param>
    /// <param name="timestamp">When that was.</param>
    /// <returns>% of a processor of each process, in their order: 0 for one that was not in the last sample, or another one by that number.</returns>
    public double[] Take(IReadOnlyList<ProcessEntry> processes, long timestamp)
    {
        var elapsed = _timestamp is { } last ? time.GetElapsedTime(last, timestamp).TotalSeconds : 0;
        if (_timestamp is not null && elapsed <= 0)
        {
            // The same scan again, or none of the clock's ticks later.
            return new double[processes.Count];
        }

        var percents = new double[processes.Count];
        var now = new Dictionary<int, (double Start, double CpuSeconds)>(processes.Count);
        for (var place = 0; place < processes.Count; place++)
        {
            var (pid, stat) = (processes[place].Pid, processes[place].Stat);
            now[pid] = (stat.StartSeconds, stat.CpuSeconds);
            if (elapsed > 0 && _before.TryGetValue(pid, out var before) && before.Start == stat.StartSeconds)
            {
                percents[place] = Math.Max(0, 100 * (stat.CpuSeconds - before.CpuSeconds) / elapsed);
            }
        }

        (_before, _timestamp) = (now, timestamp);
        return percents;
    }
}
