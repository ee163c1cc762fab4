namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>
/// What a follower of a job gets (spec 09 §2): first the snapshot in <see cref="Job"/>, then output and statistics that are not in it, each exactly once, and
/// last the final record in <see cref="Done"/>. Exactly one member is set.
/// </summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.JobEvent")]
public sealed record JobEvent
{
    [Id(0)]
    public JobRecord? Job { get; init; }

    [Id(1)]
    public Utf8Text? Stdout { get; init; }

    [Id(2)]
    public Utf8Text? Stderr { get; init; }

    [Id(3)]
    public JobStatistics? Statistics { get; init; }

    [Id(4)]
    public JobRecord? Done { get; init; }
}
