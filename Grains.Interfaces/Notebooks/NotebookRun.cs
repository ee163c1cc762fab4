namespace ProjectSilo.Grains.Interfaces.Notebooks;

/// <summary>A notebook to run from its first to its last cell (spec 10 §12).</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.NotebookRun")]
public sealed record NotebookRun
{
    /// <summary>The folder to run it in, absolute or below HOME; made if missing.</summary>
    [Id(0)]
    public required string Path { get; init; }

    /// <summary>The content of an <c>.ipynb</c>.</summary>
    [Id(1)]
    public required Utf8Text Notebook { get; init; }

    [Id(2)]
    public ExecutionLimits Limits { get; init; } = new();
}
