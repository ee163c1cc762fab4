namespace ProjectSilo.Grains.Interfaces.Terminals;

/// <summary>A process begins (spec 11 §3.1): the terminal's stream is opened, and what was shown before is pushed out of view.</summary>
/// <param name="IsEphemeral">Whether the stream is kept in memory only.</param>
/// <param name="Rows">The height; null if nobody has told one yet.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.TerminalStart")]
public sealed record TerminalStart([property: Id(0)] bool IsEphemeral, [property: Id(1)] int? Rows);
