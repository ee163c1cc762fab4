namespace ProjectSilo.Grains.Interfaces.Status;

/// <summary>
/// What the project's control group uses and may use (spec 14 §4):
/// <c>{"mem_stat":{"total_rss":100.5,...},"cpu_usage":12.5,"cpu_usage_rate":0.1,"cpu_cores_limit":0.5,"oom_kills":0}</c>.
/// </summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ControlGroupInfo")]
public sealed record ControlGroupInfo
{
    /// <summary><c>mem_stat.anon</c>: MiB of version 2, if there.</summary>
    [Id(0)]
    public double? Anonymous { get; init; }

    /// <summary><c>mem_stat.file</c>: MiB of version 2, if there.</summary>
    [Id(1)]
    public double? File { get; init; }

    /// <summary><c>mem_stat.kernel</c>: MiB of version 2, if there.</summary>
    [Id(2)]
    public double? Kernel { get; init; }

    /// <summary><c>mem_stat.slab</c>: MiB of version 2, if there.</summary>
    [Id(3)]
    public double? Slab { get; init; }

    /// <summary><c>mem_stat.total_rss</c>: MiB that processes use.</summary>
    [Id(4)]
    public double TotalRss { get; init; }

    /// <summary><c>mem_stat.total_cache</c>: MiB of files in memory.</summary>
    [Id(5)]
    public double TotalCache { get; init; }

    /// <summary><c>mem_stat.hierarchical_memory_limit</c>: MiB; -1 if unknown.</summary>
    [Id(6)]
    public double MemoryLimit { get; init; }

    /// <summary><c>cpu_usage</c>: CPU time in seconds.</summary>
    [Id(7)]
    public double CpuUsage { get; init; }

    /// <summary><c>cpu_usage_rate</c>: processors in use since the scan before; 0 at the first.</summary>
    [Id(8)]
    public double CpuUsageRate { get; init; }

    /// <summary><c>cpu_cores_limit</c>: processors that may be used; -1 is no limit of version 1.</summary>
    [Id(9)]
    public double CpuCoresLimit { get; init; }

    /// <summary><c>oom_kills</c>: processes that the kernel ended for lack of memory.</summary>
    [Id(10)]
    public long OomKills { get; init; }
}
