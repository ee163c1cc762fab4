using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Project;

/// <summary>Aspect <c>x11</c> of the configuration.</summary>
/// <param name="Timestamp">When it was computed. Whole milliseconds, as the wires have it.</param>
/// <param name="Capabilities">Whether each graphical program is there, e.g. <c>terminal</c>: true. Keys as on the wire.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.X11Configuration")]
public sealed record X11Configuration([property: Id(0)] DateTimeOffset Timestamp, [property: Id(1)] ImmutableSortedDictionary<string, bool> Capabilities);
