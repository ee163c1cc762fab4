using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Status;

/// <summary>Something that the project's users should know (spec 14 §6): <c>{"type":"disk"}</c>, <c>{"type":"cpu-process","pids":["4711"]}</c>.</summary>
/// <param name="Type"><c>cpu-cgroup disk memory cpu-process</c>.</param>
/// <param name="Pids">Of <c>cpu-process</c>: which, sorted as texts.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ProjectAlert")]
public sealed record ProjectAlert([property: Id(0)] string Type, [property: Id(1)] ImmutableArray<string> Pids)
{
    /// <summary>An alert without more.</summary>
    public ProjectAlert(string type)
        : this(type, [])
    {
    }

    /// <inheritdoc />
    public bool Equals(ProjectAlert? other) => other is not null && Type == other.Type && Pids.AsSpan().SequenceEqual(other.Pids.AsSpan());

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Type, Pids.Length);
}
