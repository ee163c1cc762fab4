using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>What to run and how: the options of <c>system.exec</c> (spec 09 §1.1), with absent members already replaced by their defaults.</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ExecOptions")]
public sealed record ExecOptions
{
    /// <summary>A program, or shell text (spec 09 §1.2). Never empty.</summary>
    [Id(0)]
    public required string Command { get; init; }

    [Id(1)]
    public ImmutableArray<string> Args { get; init; } = [];

    /// <summary>Run as shell text. Also so without it, if there are no arguments and the command contains white space.</summary>
    [Id(2)]
    public bool Bash { get; init; }

    /// <summary>Working folder, relative to <see cref="Home"/>; null or empty: that itself.</summary>
    [Id(3)]
    public string? Path { get; init; }

    /// <summary>Wins over <see cref="Path"/>; relative to the daemon's folder.</summary>
    [Id(4)]
    public string? Cwd { get; init; }

    /// <summary>After so many seconds the process group is killed; 0: never.</summary>
    [Id(5)]
    public double TimeoutSeconds { get; init; } = 60;

    /// <summary>With bash: also limit the CPU seconds of every descendant.</summary>
    [Id(6)]
    public bool UlimitTimeout { get; init; } = true;

    /// <summary>Whether an exit code other than 0 is an error.</summary>
    [Id(7)]
    public bool ErrOnExit { get; init; } = true;

    /// <summary>Most UTF-16 code units kept of each output stream; null: the default of the call.</summary>
    [Id(8)]
    public int? MaxOutput { get; init; }

    /// <summary>Added to and overriding the child's environment.</summary>
    [Id(9)]
    public ImmutableDictionary<string, string> Env { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Base of <see cref="Path"/>; with <see cref="Uid"/> also the child's <c>HOME</c>. Null: the project's HOME.</summary>
    [Id(10)]
    public string? Home { get; init; }

    [Id(11)]
    public int? Uid { get; init; }

    [Id(12)]
    public int? Gid { get; init; }

    /// <summary>Set if equal calls shall share a run (spec 09 §1.10).</summary>
    [Id(13)]
    public AggregateRequest? Aggregate { get; init; }
}
