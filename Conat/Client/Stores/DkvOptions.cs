using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>Options of a dkv.</summary>
public sealed record DkvOptions : StoreOptions
{
    public DkvOptions()
    {
    }

    /// <summary>The same store.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    internal DkvOptions(StoreOptions options)
        : base(options)
    {
    }

    /// <summary>
    /// Decides when somebody else has changed a key that was changed here and isn't saved yet: gives the value to go on with; what it throws, null and null's value stand for the
    /// local value. Without it the local value wins, and the one who saves last. Must be quick; called by the store's own loop.
    /// </summary>
    public Func<DkvConflict, WireValue?>? Merge { get; init; }
}
