using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Notebooks;

/// <summary>A call of <c>jupyter nbconvert</c>: <c>["--to","html","--","a.ipynb"]</c> (spec 10 §10.1).</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.NotebookConversion")]
public sealed record NotebookConversion
{
    /// <summary>Arguments, with the notebook last.</summary>
    [Id(0)]
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>Where to run it, absolute or below HOME; empty: HOME.</summary>
    [Id(1)]
    public string Directory { get; init; } = "";

    /// <summary>After so many seconds it is killed.</summary>
    [Id(2)]
    public double TimeoutSeconds { get; init; } = 60;
}
