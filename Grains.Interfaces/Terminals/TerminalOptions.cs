using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Terminals;

/// <summary>
/// What a terminal is created with (spec 11 §2): <c>{"path":"a.term","command":"/bin/zsh","args":["-l"],"cwd":"d","env":{"X":"1"},"ephemeral":true}</c>. Null: not given.
/// </summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.TerminalOptions")]
public sealed record TerminalOptions
{
    /// <summary><c>path</c>: the primary path, that of the browser's tab; relative to HOME, or absolute.</summary>
    [Id(0)]
    public string? Path { get; init; }

    /// <summary><c>command</c>: a program, <c>/bin/bash</c> by default.</summary>
    [Id(1)]
    public string? Command { get; init; }

    /// <summary><c>args</c>: its arguments.</summary>
    [Id(2)]
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary><c>cwd</c>: the folder it starts in; empty is HOME, null the folder of the terminal.</summary>
    [Id(3)]
    public string? WorkingDirectory { get; init; }

    /// <summary><c>env</c>: variables that the daemon does not have.</summary>
    [Id(4)]
    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary><c>ephemeral</c>: whether what it prints is kept in memory only.</summary>
    [Id(5)]
    public bool IsEphemeral { get; init; }

    /// <summary>
    /// All that a client gave, also what means nothing, in one form: <c>args</c> empty and <c>args</c> absent start the same, but are not the same options. Null where no
    /// client gave any.
    /// </summary>
    [Id(6)]
    public string? Given { get; init; }

    /// <summary>Lists are compared by what is in them, variables in any order.</summary>
    public bool Equals(TerminalOptions? other) => other is not null
        && Given == other.Given
        && Path == other.Path
        && Command == other.Command
        && Arguments.AsSpan().SequenceEqual(other.Arguments.AsSpan())
        && WorkingDirectory == other.WorkingDirectory
        && Environment.Count == other.Environment.Count
        && Environment.All(other.Environment.Contains)
        && IsEphemeral == other.IsEphemeral;

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Path, Command, Arguments.Length, WorkingDirectory, Environment.Count, IsEphemeral);
}
