using ProjectSilo.Conat.Values;

namespace ProjectSilo.Silo.Kucalc;

/// <summary>The state of the project that a hub stores in its database (spec 01 §10). Members that are <c>null</c> could not be found out.</summary>
/// <param name="Time">When it was computed.</param>
/// <param name="Cgroup">The container's memory and CPU.</param>
/// <param name="TmpMiB">MiB used in <c>/tmp</c> if that lives in memory, else 0.</param>
/// <param name="DiskMiB">MiB used on the file system of HOME.</param>
/// <param name="Processes">Processes of the project's user, less one.</param>
internal sealed record ProjectStatus(DateTimeOffset Time, CgroupUsage Cgroup, long TmpMiB, long DiskMiB, int? Processes)
{
    /// <summary>The reference counts 1,000 KiB to a MiB of <c>/tmp</c>, and hubs show the sum.</summary>
    private const long KiPerTmpMiB = 1000;

    public long MemoryRssKi => (Cgroup.MemoryRssKi ?? 0) + (KiPerTmpMiB * TmpMiB);

    /// <summary>
    /// <c>{"time":...,"memory":{...},"disk_MB":...,"cpu":{...},"start_ts":...,"session_id":"...","processes":{...},"oom_kills":0}</c>
    /// </summary>
    public WireValue.Members ToWire(DateTimeOffset startedAt, string sessionId) => new WireObject
    {
        ["time"] = Time.ToUnixTimeMilliseconds(),
        ["memory"] = new WireObject
        {
            ["rss"] = MemoryRssKi,
            ["cache"] = IfKnown(Cgroup.MemoryCacheKi),
            ["limit"] = IfKnown(Cgroup.MemoryLimitKi),
        }.Build(),
        ["disk_MB"] = DiskMiB,
        ["cpu"] = new WireObject { ["usage"] = IfKnown(Cgroup.CpuSeconds) }.Build(),
        ["start_ts"] = startedAt.ToUnixTimeMilliseconds(),
        ["session_id"] = sessionId,
        ["processes"] = new WireObject { ["count"] = IfKnown(Processes) }.Build(),
        ["oom_kills"] = IfKnown(Cgroup.OomKills),
    }.Build();

    private static WireValue? IfKnown(double? value) => value is { } known ? known : null;
}
