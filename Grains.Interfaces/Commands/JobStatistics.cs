namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>One sample of what a job and its descendants use (spec 09 §1.11).</summary>
/// <param name="Timestamp">Milliseconds since the epoch.</param>
/// <param name="MemRss">Resident memory, MiB.</param>
/// <param name="CpuPct">Percent of one CPU since the previous sample.</param>
/// <param name="CpuSecs">CPU seconds used so far by the processes alive.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.JobStatistics")]
public sealed record JobStatistics(
    [property: Id(0)] long Timestamp, [property: Id(1)] double MemRss, [property: Id(2)] double CpuPct, [property: Id(3)] double CpuSecs);
