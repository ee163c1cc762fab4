using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Status;

/// <summary>Something that the project's users should know (spec 14 §6): <c>{"type":"disk"}</c>, <c>{"type":"cpu-process","pids":["4711"]}</c>.</summary>
/// <param name="Type"><c>cpu-cgroup disk memory cpu-process component</c>.</param>
/// <param name="Which">Of <c>cpu-process</c>: the pids, sorted as texts. Of <c>component</c>: the names, e.g. <c>BlobStore</c>.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ProjectAlert")]
public sealed record ProjectAlert([property: Id(0)] string Type, [property: Id(1)] ImmutableArray<string> Which)
{
    /// <summary>An alert without more.</summary>
    public ProjectAlert(string type)
        : this(type, [])
    {
    }

    /// <inheritdoc />
    public bool Equals(ProjectAlert? other) => other is not null && Type == other.Type && Which.AsSpan().SequenceEqual(other.Which.AsSpan());

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Type, Which.Length);
}
