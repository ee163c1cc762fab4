using System.Collections.Immutable;

namespace ProjectSilo.Conat.Stores;

/// <summary>What to delete of a stream (spec 07 §3.3): the first of these that is given counts.</summary>
public sealed record StreamDeletion
{
    /// <summary>Everything.</summary>
    public bool All { get; init; }

    /// <summary>The message at this position and all before it; negative is nothing, beyond the end everything.</summary>
    public int? LastIndex { get; init; }

    /// <summary>The row with this number.</summary>
    public long? Seq { get; init; }

    /// <summary>The rows with these numbers.</summary>
    public ImmutableArray<long> Seqs { get; init; }

    /// <summary>The row with this number and all before it.</summary>
    public long? LastSeq { get; init; }

    /// <summary>The row of this key, without leaving a tombstone.</summary>
    public string? Key { get; init; }
}
