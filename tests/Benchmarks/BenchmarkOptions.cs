namespace ProjectSilo.Benchmarks;

/// <summary>The command line.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>Part of the name of a group, or null for all.</summary>
    public string? Filter { get; init; }

    public bool Quick { get; init; }

    /// <summary>Where the JSON goes.</summary>
    public string? Json { get; init; }

    /// <summary>A published daemon to measure.</summary>
    public string? Daemon { get; init; }

    /// <exception cref="ArgumentException">An unknown option, or one without its value.</exception>
    public static BenchmarkOptions Parse(ReadOnlySpan<string> args) => args switch
    {
        [] => new BenchmarkOptions(),
        ["--quick", .. var rest] => Parse(rest) with { Quick = true },
        ["--filter", var name, .. var rest] => Parse(rest) with { Filter = name },
        ["--json", var file, .. var rest] => Parse(rest) with { Json = file },
        ["--daemon", var assembly, .. var rest] => Parse(rest) with { Daemon = assembly },
        [var unknown, ..] => throw new ArgumentException($"{unknown} is unknown or has no value; see tests/Benchmarks/README.md"),
    };
}
