using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Status;

/// <summary>The project's status (spec 14 §6): <c>{"alerts":[...],"usage":{...},"version":1783081032}</c>, whose version the wire adds.</summary>
/// <param name="Alerts">What users should know.</param>
/// <param name="Usage">What is used.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ProjectStatus")]
public sealed record ProjectStatus([property: Id(0)] ImmutableArray<ProjectAlert> Alerts, [property: Id(1)] ProjectUsage Usage)
{
    /// <summary>Before anything is known.</summary>
    public static ProjectStatus Unknown { get; } = new([], new ProjectUsage());

    /// <summary>Whether the alerts are the same.</summary>
    public bool HasAlertsOf(ProjectStatus other) => Alerts.AsSpan().SequenceEqual(other.Alerts.AsSpan());

    /// <inheritdoc />
    public bool Equals(ProjectStatus? other) => other is not null && HasAlertsOf(other) && Usage == other.Usage;

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Alerts.Length, Usage);
}
