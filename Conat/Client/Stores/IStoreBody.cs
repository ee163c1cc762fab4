namespace ProjectSilo.Conat.Stores;

/// <summary>Something that <see cref="SharedStores"/> counts.</summary>
internal interface IStoreBody
{
    /// <summary>Whether it has ended by itself: whoever opens it next gets a new one.</summary>
    bool IsEnded { get; }

    /// <summary>Ends it, whoever has it.</summary>
    ValueTask EndAsync();
}
