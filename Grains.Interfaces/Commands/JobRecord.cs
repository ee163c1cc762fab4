using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>An asynchronous job as it is now (spec 09 §1.11).</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.JobRecord")]
public sealed record JobRecord
{
    /// <summary>A UUID.</summary>
    [Id(0)]
    public required string JobId { get; init; }

    /// <summary>Milliseconds since the epoch.</summary>
    [Id(1)]
    public required long Start { get; init; }

    [Id(2)]
    public required JobStatus Status { get; init; }

    /// <summary>Output so far; empty at the end if the job failed.</summary>
    [Id(3)]
    public Utf8Text Stdout { get; init; } = Utf8Text.Empty;

    [Id(4)]
    public Utf8Text Stderr { get; init; } = Utf8Text.Empty;

    /// <summary>0 while it runs.</summary>
    [Id(5)]
    public int ExitCode { get; init; }

    /// <summary>Null if no process could be started.</summary>
    [Id(6)]
    public int? Pid { get; init; }

    /// <summary>Seconds from start to end, in whole milliseconds; null while it runs.</summary>
    [Id(7)]
    public double? ElapsedSeconds { get; init; }

    /// <summary>The newest samples, the oldest first.</summary>
    [Id(8)]
    public ImmutableArray<JobStatistics> Statistics { get; init; } = [];
}
