using System.Collections.Immutable;

namespace ProjectSilo.Grains.Native;

/// <summary>What to start and how. Nothing is taken from the daemon's own environment, folder or descriptors.</summary>
public sealed record SpawnOptions
{
    /// <summary>A path with a slash, or a name that is looked up in the <c>PATH</c> of <see cref="Environment"/> (spec 09 §1.2).</summary>
    public required string Program { get; init; }

    /// <summary>The arguments after <c>argv[0]</c>, which is <see cref="Program"/>.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>An absolute path. If it can't be entered the start fails as if the program were missing (spec 09 §1.3).</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>All variables of the child.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Whether the child leads a session and process group of its own (<c>setsid</c>), so that its pid is its group id.</summary>
    public bool NewSession { get; init; } = true;

    /// <summary>The user to change to, by <c>setpriv</c>, which execs and so keeps the pid. Null: no change.</summary>
    public int? Uid { get; init; }

    /// <summary>The group to change to. Null: no change.</summary>
    public int? Gid { get; init; }

    /// <summary>Memory of its own that it and each of its children may have (<c>RLIMIT_DATA</c>). Null: as much as the daemon.</summary>
    public long? MaxMemoryBytes { get; init; }

    /// <summary>Largest file that they may write (<c>RLIMIT_FSIZE</c>); no core is dumped then either. Null: as large as the daemon.</summary>
    public long? MaxFileBytes { get; init; }

    public ChildStream StandardInput { get; init; } = ChildStream.Pipe;

    public ChildStream StandardOutput { get; init; } = ChildStream.Pipe;

    public ChildStream StandardError { get; init; } = ChildStream.Pipe;
}
