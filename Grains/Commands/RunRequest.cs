namespace ProjectSilo.Grains.Commands;

/// <summary>What a run may use, and for whom it is.</summary>
/// <param name="Timeout">From the start; null: no limit.</param>
/// <param name="MaxOutputCharacters">UTF-16 code units kept of each output stream.</param>
/// <param name="Caller">The unit of fairness for what blocks.</param>
/// <param name="OutputArrived">Called whenever output came, on the thread that polls all children: it must not block.</param>
internal sealed record RunRequest(TimeSpan? Timeout, int MaxOutputCharacters, string Caller, Action? OutputArrived)
{
    /// <summary>Whether what the program leaves behind in its process group is ended with it. What a user starts in the background lives on.</summary>
    public bool EndsGroup { get; init; }

    /// <summary>Whether its session weighs as much as the daemon's: of its kind few run, not for long, and somebody looks at the screen until it ends.</summary>
    public bool KeepsWeight { get; init; }
}
