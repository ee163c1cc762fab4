using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat;

/// <summary>Persistent streams and what is made of them (spec 07). Whoever opens gets a store that is loaded, and closes it.</summary>
public sealed partial class ConatClient
{
    /// <summary>What is open, by kind and name.</summary>
    internal SharedStores Stores { get; } = new();

    /// <summary>Opens a map of keys to values with a copy here (§5), for as long as it takes.</summary>
    /// <param name="options">Which one, and how.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException">Not permitted (403); too many streams are open (429); <c>closed</c>.</exception>
    public Task<Dkv> OpenDkvAsync(DkvOptions options, CancellationToken cancellationToken = default) => OpenAsync(
        "dkv",
        options,
        async (release, giveUp) =>
        {
            var dkv = new Dkv(this, options, release);
            await dkv.OpenAsync(giveUp).ConfigureAwait(false);
            return dkv;
        },
        cancellationToken);

    /// <summary>Opens a map of keys to objects with a copy here (§6), for as long as it takes.</summary>
    /// <inheritdoc cref="OpenDkvAsync"/>
    public Task<Dko> OpenDkoAsync(StoreOptions options, CancellationToken cancellationToken = default) => OpenAsync(
        "dko",
        options,
        async (release, giveUp) =>
        {
            var rows = await OpenDkvAsync(new DkvOptions(options) { Name = StoreNames.DkoPrefix + options.Name }, giveUp).ConfigureAwait(false);
            return new Dko(this, options, rows, release);
        },
        cancellationToken);

    /// <summary>Opens a list that everybody appends to, with a copy here (§4), for as long as it takes.</summary>
    /// <inheritdoc cref="OpenDkvAsync"/>
    public Task<Dstream> OpenDstreamAsync(StreamOptions options, CancellationToken cancellationToken = default) => OpenAsync(
        "dstream",
        options,
        async (release, giveUp) =>
        {
            var stream = new Dstream(this, options, release);
            await stream.OpenAsync(giveUp).ConfigureAwait(false);
            return stream;
        },
        cancellationToken);

    /// <summary>Opens a copy of a stream (§3) that nobody shares, for as long as it takes.</summary>
    /// <inheritdoc cref="OpenDkvAsync"/>
    public async Task<CoreStream> OpenCoreStreamAsync(StreamOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var stream = new CoreStream(this, options);
        await stream.OpenAsync(cancellationToken).ConfigureAwait(false);
        return stream;
    }

    /// <summary>Opens keys and values without a copy here (§7). Doesn't wait for the server.</summary>
    /// <inheritdoc cref="OpenDkvAsync"/>
    public async Task<Akv> OpenAkvAsync(StoreOptions options, CancellationToken cancellationToken = default) =>
        new(await ConnectPersistAsync(PathOnly(options), isPathOnly: true, cancellationToken).ConfigureAwait(false));

    /// <summary>Opens a stream without a copy here (§7). Doesn't wait for the server.</summary>
    /// <inheritdoc cref="OpenDkvAsync"/>
    public async Task<Astream> OpenAstreamAsync(StoreOptions options, CancellationToken cancellationToken = default) =>
        new(await ConnectPersistAsync(PathOnly(options), isPathOnly: true, cancellationToken).ConfigureAwait(false));

    /// <summary>Opens the connection of a stream (§2). Doesn't wait for the server.</summary>
    /// <inheritdoc cref="OpenDkvAsync"/>
    public Task<PersistClient> OpenPersistAsync(StoreOptions options, CancellationToken cancellationToken = default) =>
        ConnectPersistAsync(options, isPathOnly: false, cancellationToken);

    /// <summary>Opens the inventory of an owner's stores (§9), for as long as it takes.</summary>
    /// <param name="owner">Its owner and service are looked at alone.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException">As of <see cref="OpenDkvAsync"/>.</exception>
    public async Task<StoreInventory> OpenInventoryAsync(StoreOptions owner, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(owner);
        var options = new DkvOptions
        {
            Name = StoreInventory.StoreName,
            ProjectId = owner.ProjectId,
            AccountId = owner.AccountId,
            Service = owner.Service,
            // An entry about itself would never be up to date.
            NoInventory = true,
        };
        return new StoreInventory(await OpenDkvAsync(options, cancellationToken).ConfigureAwait(false), Time);
    }

    /// <summary>Opens the table of the files that are wanted open (§13), for as long as it takes.</summary>
    /// <param name="options">Normally <see cref="ProjectStores.OpenFiles"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException">As of <see cref="OpenDkvAsync"/>.</exception>
    public async Task<OpenFiles> OpenFilesAsync(StoreOptions options, CancellationToken cancellationToken = default) =>
        new(this, await OpenDkoAsync(options, cancellationToken).ConfigureAwait(false));

    /// <summary>Opens a synctable (§12), for as long as it takes: patches are in a stream, other tables in a dkv or dko.</summary>
    /// <param name="options">Which one, and how.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException">
    /// Of patches: <c>query MUST specify a valid project_id</c>, <c>path MUST be specified</c>; as of <see cref="OpenDkvAsync"/>.
    /// </exception>
    public async Task<SyncTable> OpenSyncTableAsync(SyncTableOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Table == SyncTableNames.Patches)
        {
            return await OpenPatchesAsync(options, cancellationToken).ConfigureAwait(false);
        }

        var (account, project) = SyncTableNames.Owner(options);
        var store = new DkvOptions
        {
            Name = SyncTableNames.StoreName(options.Table, options.Row),
            AccountId = account,
            ProjectId = project,
            Config = options.Config,
            IsEphemeral = options.IsEphemeral,
            Description = options.Description,
            NoInventory = options.NoInventory,
            NoAutosave = options.NoAutosave,
            NoCache = options.NoCache,
        };
        return options.IsAtomic
            ? new AtomicSyncTable(this, options, await OpenDkvAsync(store, cancellationToken).ConfigureAwait(false))
            : new FieldSyncTable(this, options, await OpenDkoAsync(store, cancellationToken).ConfigureAwait(false));
    }

    private async Task<SyncTable> OpenPatchesAsync(SyncTableOptions options, CancellationToken cancellationToken)
    {
        var project = options.Row["project_id"].AsText() ?? options.ProjectId;
        if (!Guid.TryParseExact(project, "D", out _))
        {
            throw new ConatException("query MUST specify a valid project_id");
        }

        if (options.Row["path"].AsText() is not { Length: > 0 } path)
        {
            throw new ConatException("path MUST be specified");
        }

        var stringId = StoreNames.StringId(project, path);
        var stream = await OpenDstreamAsync(
            new StreamOptions
            {
                Name = StoreNames.Patches(stringId),
                ProjectId = project,
                StartSeq = options.StartSeq,
                Config = options.Config,
                IsEphemeral = options.IsEphemeral,
                Description = options.Description,
                NoInventory = options.NoInventory,
                NoAutosave = options.NoAutosave,
                NoCache = options.NoCache,
            },
            cancellationToken).ConfigureAwait(false);
        return new PatchesSyncTable(this, options, stringId, stream);
    }

    /// <summary>What a store without a copy says of itself: its path.</summary>
    private static StoreOptions PathOnly(StoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with { IsEphemeral = false, Sync = null };
    }

    private Task<PersistClient> ConnectPersistAsync(StoreOptions options, bool isPathOnly, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var owner = new PersistOwner(options.AccountId, options.ProjectId);
        var subject = PersistSubjects.Of(owner, options.Service);
        var storage = new PersistOpen(StoragePath.Of(owner, options.Name), isPathOnly ? null : options.IsEphemeral, options.Sync);
        if (!options.NoCheck && PersistAccess.Check(subject, storage.Path, options.Service) is { } denied)
        {
            throw denied;
        }

        if (options.NoCache)
        {
            return Task.FromResult(new PersistClient(this, subject, storage, null));
        }

        var key = $"persist\n{subject}\n{storage}";
        return Stores.OpenAsync(key, (release, _) => Task.FromResult(new PersistClient(this, subject, storage, release)), cancellationToken);
    }

    /// <summary>Opens a store, or takes that which is open.</summary>
    private Task<T> OpenAsync<T>(string kind, StoreOptions options, Func<Func<bool>?, CancellationToken, Task<T>> open, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.NoCache
            ? open(null, cancellationToken)
            : Stores.OpenAsync($"{kind}\n{options.Service}\n{options.AccountId}\n{options.ProjectId}\n{options.Name}", open, cancellationToken);
    }
}
