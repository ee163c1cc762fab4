using ProjectSilo.Conat.Values;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>What a message means to the document of the cell that runs.</summary>
internal readonly record struct CellChange
{
    /// <summary>Nothing.</summary>
    public static CellChange None => default;

    /// <summary>The cell's record is to be written at once.</summary>
    public bool IsUrgent { get; init; }

    /// <summary>The cell's output has changed: it is written when it is time (spec 10 §8.1, save pacing).</summary>
    public bool HasOutput { get; init; }

    /// <summary>The code that the cell has from now on; null: the same.</summary>
    public string? Input { get; init; }

    /// <summary>A display that all other cells show as <see cref="Display"/> from now on; null: none.</summary>
    public string? DisplayId { get; init; }

    public WireValue.Members? Display { get; init; }
}
