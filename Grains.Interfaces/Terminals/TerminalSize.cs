namespace ProjectSilo.Grains.Interfaces.Terminals;

/// <summary>Rows and columns.</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.TerminalSize")]
public sealed record TerminalSize([property: Id(0)] int Rows, [property: Id(1)] int Columns);
