namespace ProjectSilo.Silo.Kucalc;

/// <summary>What a control group says of the project's container. <c>null</c>: not readable, or without a limit.</summary>
/// <param name="MemoryRssKi">KiB in use by processes: v1 <c>total_rss</c>, v2 <c>anon</c>.</param>
/// <param name="MemoryCacheKi">KiB of page cache: v1 <c>total_cache</c>, v2 <c>file</c>.</param>
/// <param name="MemoryLimitKi">KiB: v1 <c>hierarchical_memory_limit</c>, v2 <c>memory.max</c>.</param>
/// <param name="CpuSeconds">CPU time used by the group.</param>
/// <param name="OomKills">Processes that the kernel ended for lack of memory.</param>
internal sealed record CgroupUsage(long? MemoryRssKi, long? MemoryCacheKi, long? MemoryLimitKi, double? CpuSeconds, long? OomKills)
{
    private const double NanosecondsPerSecond = 1e9;
    private const double MicrosecondsPerSecond = 1e6;
    private const long BytesPerKi = 1024;

    /// <summary>Version 2 if its files are there, else version 1.</summary>
    /// <param name="root"><c>/sys/fs/cgroup</c>: in a container the group of the container.</param>
    public static CgroupUsage Read(string root) => File.Exists(Path.Join(root, "cgroup.controllers")) ? ReadVersion2(root) : ReadVersion1(root);

    private static CgroupUsage ReadVersion1(string root)
    {
        var memory = ReadLines(Path.Join(root, "memory", "memory.stat"));
        var cpu = ReadLines(Path.Join(root, "cpuacct", "cpuacct.usage")) is [var nanoseconds, ..] && long.TryParse(nanoseconds, out var used)
            ? used / NanosecondsPerSecond
            : (double?)null;
        return new CgroupUsage(
            Value(memory, "total_rss") / BytesPerKi,
            Value(memory, "total_cache") / BytesPerKi,
            Value(memory, "hierarchical_memory_limit") / BytesPerKi,
            cpu,
            Value(ReadLines(Path.Join(root, "memory", "memory.oom_control")), "oom_kill"));
    }

    private static CgroupUsage ReadVersion2(string root)
    {
        var memory = ReadLines(Path.Join(root, "memory.stat"));
        // "max" stands for no limit, and then there is none to report.
        var limit = ReadLines(Path.Join(root, "memory.max")) is [var bytes, ..] && long.TryParse(bytes, out var max) ? max : (long?)null;
        return new CgroupUsage(
            Value(memory, "anon") / BytesPerKi,
            Value(memory, "file") / BytesPerKi,
            limit / BytesPerKi,
            Value(ReadLines(Path.Join(root, "cpu.stat")), "usage_usec") / MicrosecondsPerSecond,
            Value(ReadLines(Path.Join(root, "memory.events")), "oom_kill"));
    }

    /// <summary>The number in the line <c>{name} {number}</c>.</summary>
    private static long? Value(string[] lines, string name)
    {
        foreach (var line in lines)
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ' '
                && long.TryParse(line.AsSpan(name.Length + 1), out var value))
            {
                return value;
            }
        }

        return null;
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Outside a container, or another version: the values are left out, as specified.
            return [];
        }
    }
}
