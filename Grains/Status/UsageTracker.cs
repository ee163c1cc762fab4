using ProjectSilo.Grains.Interfaces.Status;

namespace ProjectSilo.Grains.Status;

/// <summary>What the kernels of notebooks use, of those that somebody asks for (spec 14 §7).</summary>
internal sealed class UsageTracker(ProjectInfoOptions options)
{
    private readonly Dictionary<string, Watch> _watches = new(StringComparer.Ordinal);

    /// <summary>The last usage, if it is known; has the notebook watched from now on.</summary>
    /// <param name="path">The notebook.</param>
    /// <param name="now">ms since 1970.</param>
    public UsageInfo? Ask(string path, long now)
    {
        Forget(now);
        if (!_watches.TryGetValue(path, out var watch))
        {
            if (_watches.Count >= options.MaxUsages)
            {
                return null;
            }

            _watches[path] = watch = new Watch();
        }

        watch.Until = now + (long)options.UsageWatch.TotalMilliseconds;
        return watch.Usage;
    }

    /// <summary>Measures all that are watched.</summary>
    public void Update(ProjectInfo info)
    {
        Forget(info.Timestamp);
        var children = info.Processes.ToLookup(process => process.Stat.ParentPid);
        foreach (var (path, watch) in _watches)
        {
            if (watch.Until <= info.Timestamp)
            {
                continue;
            }

            var usage = Measure(info, children, path);
            watch.MeasuredAt = info.Timestamp;
            if (watch.Usage is not { } old || IsNews(old, usage))
            {
                watch.Usage = usage;
            }
        }
    }

    private void Forget(long now)
    {
        var lifetime = (long)options.UsageLifetime.TotalMilliseconds;
        foreach (var (path, watch) in _watches)
        {
            if (watch.Until <= now && watch.MeasuredAt + lifetime <= now)
            {
                _watches.Remove(path);
            }
        }
    }

    private static UsageInfo Measure(ProjectInfo info, ILookup<int, ProcessInfo> children, string path)
    {
        var kernel = info.Processes.FirstOrDefault(process => process.Role is { Type: "jupyter" } role && role.Path == path);
        var (cpu, memory) = kernel is null ? (0, 0) : UsageOfDescendants(children, kernel.Pid);
        var limit = info.ControlGroup?.MemoryLimit ?? 0;
        return new UsageInfo(
            info.Timestamp,
            Round(kernel?.CpuPercent ?? 0),
            Round(cpu),
            Round(kernel?.Stat.ResidentMiB ?? 0),
            Round(memory),
            limit,
            info.ControlGroup?.CpuCoresLimit ?? 0,
            Math.Max(0, limit - info.MemoryUse));
    }

    private static (double Cpu, double Memory) UsageOfDescendants(ILookup<int, ProcessInfo> children, int root)
    {
        var (cpu, memory) = (0.0, 0.0);
        var open = new Stack<int>([root]);

        // A scan is not one instant: with a reused pid there may be a circle.
        var seen = new HashSet<int> { root };
        while (open.TryPop(out var pid))
        {
            foreach (var child in children[pid])
            {
                if (seen.Add(child.Pid))
                {
                    (cpu, memory) = (cpu + child.CpuPercent, memory + child.Stat.ResidentMiB);
                    open.Push(child.Pid);
                }
            }
        }

        return (cpu, memory);
    }

    private static bool IsNews(UsageInfo old, UsageInfo now) =>
        IsLess(old.Cpu, now.Cpu) || IsLess(old.Memory, now.Memory) || IsLess(old.CpuChildren, now.CpuChildren) || IsLess(old.MemoryChildren, now.MemoryChildren)
        || Differs(old.Cpu, now.Cpu) || Differs(old.Memory, now.Memory) || Differs(old.CpuChildren, now.CpuChildren)
        || Differs(old.MemoryChildren, now.MemoryChildren) || Differs(old.MemoryFree, now.MemoryFree);

    private static bool IsLess(double old, double now) => old >= 1 && now < 1;

    /// <summary>By more than 5 %.</summary>
    private static bool Differs(double old, double now) => Math.Min(old, now) is not 0 and var least ? Math.Abs(now - old) / least > 0.05 : old != now;

    /// <summary>As JavaScript rounds.</summary>
    private static double Round(double value) => Math.Floor(value + 0.5);

    private sealed class Watch
    {
        public long Until { get; set; }

        public long MeasuredAt { get; set; }

        public UsageInfo? Usage { get; set; }
    }
}
