namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>A Sage worksheet to turn into a PDF (spec 02 §9).</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.WorksheetPrint")]
public sealed record WorksheetPrint
{
    [Id(0)]
    public required string Path { get; init; }

    [Id(1)]
    public string Title { get; init; } = "";

    [Id(2)]
    public string Author { get; init; } = "";

    [Id(3)]
    public string Date { get; init; } = "";

    [Id(4)]
    public string Contents { get; init; } = "";

    [Id(5)]
    public string Subdir { get; init; } = "";

    [Id(6)]
    public string? BaseUrl { get; init; }

    /// <summary>JSON text that is handed over in a file.</summary>
    [Id(7)]
    public string? ExtraData { get; init; }

    [Id(8)]
    public double TimeoutSeconds { get; init; }
}
