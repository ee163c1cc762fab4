using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Status;

/// <summary>
/// A scan of the project (spec 14 §5):
/// <c>{"timestamp":1783081032000,"processes":{"1":{...}},"uptime":4616.66,"boottime":Date,"cgroup":{...},"disk_usage":{"tmp":{...},"project":{...}}}</c>.
/// </summary>
/// <param name="Timestamp">When the scan began, in ms since 1970.</param>
/// <param name="Processes">In the order of their pids; those that can't be examined are missing.</param>
/// <param name="UptimeSeconds"><c>uptime</c> of the machine.</param>
/// <param name="BootTime"><c>boottime</c>: when the machine started.</param>
/// <param name="ControlGroup"><c>cgroup</c>, if it can be read.</param>
/// <param name="Tmp"><c>disk_usage.tmp</c>: of <c>/tmp</c>.</param>
/// <param name="Project"><c>disk_usage.project</c>: of HOME.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ProjectInfo")]
public sealed record ProjectInfo(
    [property: Id(0)] long Timestamp,
    [property: Id(1)] ImmutableArray<ProcessInfo> Processes,
    [property: Id(2)] double UptimeSeconds,
    [property: Id(3)] DateTimeOffset BootTime,
    [property: Id(4)] ControlGroupInfo? ControlGroup,
    [property: Id(5)] DiskUsage Tmp,
    [property: Id(6)] DiskUsage Project)
{
    /// <summary>MiB of memory in use: by processes, and by files in a <c>/tmp</c> that is memory.</summary>
    public double MemoryUse => (ControlGroup?.TotalRss ?? 0) + Tmp.Usage;
}
