namespace ProjectSilo.Grains.Interfaces.Terminals;

/// <summary>What happens in a terminal, in order; one member is set, beside the number.</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.TerminalEvent")]
public sealed record TerminalEvent
{
    /// <summary>A process begins.</summary>
    [Id(0)]
    public TerminalStart? Start { get; init; }

    /// <summary>One entry for the stream: what programs printed, or what the daemon says in between.</summary>
    [Id(1)]
    public string? Text { get; init; }

    /// <summary>All entries of the stream are to be deleted.</summary>
    [Id(2)]
    public bool IsCleared { get; init; }

    /// <summary>The browsers are to be told this size.</summary>
    [Id(3)]
    public TerminalSize? Size { get; init; }

    /// <summary>JSON, to be sent to the browsers: <c>{"event":"open","paths":[{"file":"a/b.txt"}]}</c> (spec 11 §5).</summary>
    [Id(4)]
    public string? Command { get; init; }

    /// <summary>Counts the terminal's events, from 1.</summary>
    [Id(5)]
    public long Number { get; init; }
}
