using System.Collections.Immutable;
using System.Globalization;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Status;

namespace ProjectSilo.Gateways.Conat.Status;

/// <summary>Writes what is known of the project as clients read it (spec 06 §10, spec 14). Times are seconds, memory and disk MiB.</summary>
internal static class ProjectInfoWire
{
    /// <summary><c>{"timestamp":…,"processes":{…},"uptime":…,"boottime":Date,"cgroup":{…},"disk_usage":{"tmp":{…},"project":{…}}}</c>; null before the first scan.</summary>
    public static WireValue ToWire(ProjectInfo? info) => info is null ? WireValue.Null : new WireObject
    {
        ["timestamp"] = info.Timestamp,
        ["processes"] = Processes(info.Processes),
        ["uptime"] = info.UptimeSeconds,
        ["boottime"] = new WireValue.Date(info.BootTime),
        ["cgroup"] = ControlGroup(info.ControlGroup),
        ["disk_usage"] = new WireObject { ["tmp"] = Disk(info.Tmp), ["project"] = Disk(info.Project) }.Build(),
    }.Build();

    /// <summary><c>{"time":…,"cpu":12,"cpu_chld":0,"mem":80,"mem_chld":0,"mem_limit":512,"cpu_limit":0.5,"mem_free":400}</c>; null if it is not known.</summary>
    public static WireValue ToWire(UsageInfo? usage) => usage is null ? WireValue.Null : new WireObject
    {
        ["time"] = usage.Time,
        ["cpu"] = usage.Cpu,
        ["cpu_chld"] = usage.CpuChildren,
        ["mem"] = usage.Memory,
        ["mem_chld"] = usage.MemoryChildren,
        ["mem_limit"] = usage.MemoryLimit,
        ["cpu_limit"] = usage.CpuLimit,
        ["mem_free"] = usage.MemoryFree,
    }.Build();

    /// <summary><c>{"alerts":[{"type":"cpu-process","pids":["4711"]}],"usage":{"disk_mb":1234,…},"version":1783081032}</c>.</summary>
    public static WireValue ToWire(ProjectStatus status, long version) => new WireObject
    {
        ["alerts"] = new WireValue.Items([.. status.Alerts.Select(Alert)]),
        ["usage"] = new WireObject
        {
            ["disk_mb"] = IfKnown(status.Usage.DiskMiB),
            ["mem_pct"] = IfKnown(status.Usage.MemoryPercent),
            ["mem_tot"] = IfKnown(status.Usage.MemoryTotalMiB),
            ["mem_rss"] = IfKnown(status.Usage.MemoryUsedMiB),
            ["cpu_pct"] = IfKnown(status.Usage.CpuPercent),
            ["cpu_tot"] = IfKnown(status.Usage.CpuSeconds),
        }.Build(),
        ["version"] = version,
    }.Build();

    private static WireValue.Members Alert(ProjectAlert alert) => new WireObject
    {
        ["type"] = alert.Type,
        ["pids"] = alert.Type == "cpu-process" ? Texts(alert.Which) : null,
        ["names"] = alert.Type == "component" ? Texts(alert.Which) : null,
    }.Build();

    private static WireValue.Items Texts(ImmutableArray<string> texts) => new([.. texts.Select(text => (WireValue)text)]);

    private static WireValue.Members Processes(ImmutableArray<ProcessInfo> processes)
    {
        var members = ImmutableArray.CreateBuilder<KeyValuePair<string, WireValue>>(processes.Length);
        foreach (var process in processes)
        {
            members.Add(new KeyValuePair<string, WireValue>(process.Pid.ToString(CultureInfo.InvariantCulture), Process(process)));
        }

        return new WireValue.Members(members.MoveToImmutable());
    }

    private static WireValue.Members Process(ProcessInfo process) => new WireObject
    {
        ["pid"] = process.Pid,
        ["ppid"] = process.Stat.ParentPid,
        ["cmdline"] = Texts(process.CommandLine),
        ["exe"] = process.Executable,
        ["stat"] = Stat(process.Stat),
        ["cpu"] = new WireObject { ["pct"] = process.CpuPercent, ["secs"] = process.Stat.CpuSeconds }.Build(),
        ["uptime"] = process.UptimeSeconds,
        ["cocalc"] = process.Role is { } role ? new WireObject { ["type"] = role.Type, ["path"] = role.Path is { } path ? path : (WireValue?)null }.Build() : null,
    }.Build();

    private static WireValue.Members Stat(ProcessStat stat) => new WireObject
    {
        ["ppid"] = stat.ParentPid,
        ["state"] = stat.State.ToString(),
        ["utime"] = stat.UserSeconds,
        ["stime"] = stat.SystemSeconds,
        ["cutime"] = stat.ChildUserSeconds,
        ["cstime"] = stat.ChildSystemSeconds,
        ["starttime"] = stat.StartSeconds,
        ["nice"] = stat.Nice,
        ["num_threads"] = stat.Threads,
        ["mem"] = new WireObject { ["rss"] = stat.ResidentMiB }.Build(),
    }.Build();

    private static WireValue.Members Disk(DiskUsage disk) => new WireObject
    {
        ["total"] = disk.Total,
        ["free"] = disk.Free,
        ["available"] = disk.Available,
        ["usage"] = disk.Usage,
    }.Build();

    private static WireValue.Members? ControlGroup(ControlGroupInfo? group) => group is null ? null : new WireObject
    {
        ["mem_stat"] = new WireObject
        {
            ["anon"] = IfKnown(group.Anonymous),
            ["file"] = IfKnown(group.File),
            ["kernel"] = IfKnown(group.Kernel),
            ["slab"] = IfKnown(group.Slab),
            ["total_rss"] = group.TotalRss,
            ["total_cache"] = group.TotalCache,
            ["hierarchical_memory_limit"] = group.MemoryLimit,
        }.Build(),
        ["cpu_usage"] = group.CpuUsage,
        ["cpu_usage_rate"] = group.CpuUsageRate,
        ["cpu_cores_limit"] = group.CpuCoresLimit,
        ["oom_kills"] = group.OomKills,
    }.Build();

    private static WireValue? IfKnown(double? value) => value is { } known ? known : null;
}
