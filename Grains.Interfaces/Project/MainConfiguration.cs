namespace ProjectSilo.Grains.Interfaces.Project;

/// <summary>Aspect <c>main</c> of the configuration.</summary>
/// <param name="Timestamp">When it was computed. Whole milliseconds, as the wires have it.</param>
/// <param name="Capabilities">What is there.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.MainConfiguration")]
public sealed record MainConfiguration([property: Id(0)] DateTimeOffset Timestamp, [property: Id(1)] MainCapabilities Capabilities);
