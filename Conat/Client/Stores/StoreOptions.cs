using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>Which store to open, and how (spec 07 §3.1, §4). Of those who open the same store of one client the first one's options count.</summary>
public record StoreOptions
{
    /// <summary>The store's name, not escaped: a <c>/</c> makes folders.</summary>
    public required string Name { get; init; }

    /// <summary>The project that owns it; with neither this nor <see cref="AccountId"/> the hub does.</summary>
    public string? ProjectId { get; init; }

    /// <summary>The account that owns it, also if <see cref="ProjectId"/> is given.</summary>
    public string? AccountId { get; init; }

    /// <summary>Limits to set when it is opened; null leaves those that it has. They are kept with the store.</summary>
    public StreamConfigurationChange? Config { get; init; }

    /// <summary>Never on disk: it is gone when the last one closes it. Whoever opens it first decides for all.</summary>
    public bool IsEphemeral { get; init; }

    /// <summary>Whether each write is flushed to the disk; null leaves it to the server, which doesn't.</summary>
    public bool? Sync { get; init; }

    /// <summary>The persist service; another name is another set of servers.</summary>
    public string Service { get; init; } = PersistSubjects.DefaultService;

    /// <summary>What it is, for people, in the inventory; null leaves what is there.</summary>
    public WireValue? Description { get; init; }

    /// <summary>Nothing is saved but by <c>SaveAsync</c>.</summary>
    public bool NoAutosave { get; init; }

    /// <summary>It doesn't appear in the inventory of its owner (<see cref="StoreInventory"/>).</summary>
    public bool NoInventory { get; init; }

    /// <summary>A store of one's own, that nobody else gets who opens the same.</summary>
    public bool NoCache { get; init; }

    /// <summary>Most changes that wait to be saved; one more fails with code 429.</summary>
    public int MaxUnsavedChanges { get; init; } = 100_000;

    /// <summary>Most bytes of such changes; one always fits.</summary>
    public long MaxUnsavedBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Leaves it to the server to refuse a path that isn't the owner's.</summary>
    internal bool NoCheck { get; init; }
}
