namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>How a call may share the run of an equal call (spec 09 §1.10).</summary>
/// <param name="Key">Canonical JSON of all options but <c>aggregate</c>: calls with the same key are equal.</param>
/// <param name="Value">The version of what the call works on, e.g. the time a document was saved.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.AggregateRequest")]
public sealed record AggregateRequest([property: Id(0)] string Key, [property: Id(1)] AggregateValue Value);
