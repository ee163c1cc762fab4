namespace ProjectSilo.Conat.Stores;

/// <summary>Options of a core stream or dstream.</summary>
public sealed record StreamOptions : StoreOptions
{
    public StreamOptions()
    {
    }

    /// <summary>The same store.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    internal StreamOptions(StoreOptions options)
        : base(options)
    {
    }

    /// <summary>Rows before this one are not loaded; 0 loads all.</summary>
    public long StartSeq { get; init; }
}
