namespace ProjectSilo.Grains.Interfaces.Status;

/// <summary>
/// What the project uses, in round numbers (spec 14 §6): <c>{"disk_mb":1234,"mem_pct":40,"mem_tot":520,"mem_rss":210,"cpu_pct":3,"cpu_tot":77}</c>. Wires leave out
/// what is null: all but the disk without a control group.
/// </summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ProjectUsage")]
public sealed record ProjectUsage
{
    /// <summary><c>disk_mb</c>: MiB used on the disk of HOME.</summary>
    [Id(0)]
    public double? DiskMiB { get; init; }

    /// <summary><c>mem_pct</c>: memory in use, in % of what may be used.</summary>
    [Id(1)]
    public double? MemoryPercent { get; init; }

    /// <summary><c>mem_tot</c>: MiB that may be used.</summary>
    [Id(2)]
    public double? MemoryTotalMiB { get; init; }

    /// <summary><c>mem_rss</c>: MiB in use.</summary>
    [Id(3)]
    public double? MemoryUsedMiB { get; init; }

    /// <summary><c>cpu_pct</c>: processors in use, in % of those that may be used.</summary>
    [Id(4)]
    public double? CpuPercent { get; init; }

    /// <summary><c>cpu_tot</c>: CPU time in seconds.</summary>
    [Id(5)]
    public double? CpuSeconds { get; init; }
}
