namespace ProjectSilo.Grains.Interfaces.Formatters;

/// <summary>A text to format (spec 12 §1.1).</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.FormatRequest")]
public sealed record FormatRequest
{
    /// <summary>What to format.</summary>
    [Id(0)]
    public required Utf8Text Text { get; init; }

    /// <summary><c>parser</c>, which names the tool; unknown names and null are prettier's.</summary>
    [Id(1)]
    public string? Parser { get; init; }

    /// <summary><c>tabWidth</c> as it came: each tool has its own idea of what is sensible. Null: the tool's default.</summary>
    [Id(2)]
    public double? TabWidth { get; init; }

    /// <summary><c>useTabs</c></summary>
    [Id(3)]
    public bool UseTabs { get; init; }

    /// <summary><c>util</c>, which names the formatter of Python.</summary>
    [Id(4)]
    public string? Util { get; init; }

    /// <summary>All options as a JSON object, for prettier: <c>{"parser":"babel","printWidth":100}</c>.</summary>
    [Id(5)]
    public string Options { get; init; } = "{}";

    /// <summary>The path of the document; only its extension is looked at.</summary>
    [Id(6)]
    public string Path { get; init; } = "";
}
