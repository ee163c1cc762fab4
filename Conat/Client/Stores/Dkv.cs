using System.Diagnostics.CodeAnalysis;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// An eventually consistent map of keys to values (spec 07 §5). Changes are seen here at once and saved in the background; those of others come by themselves. A change is
/// <em>unsaved</em> until the server has it and has told so. Opened by <see cref="ConatClient.OpenDkvAsync"/>; who opens the same store of one client again gets the same object,
/// and each closes it. Thread-safe.
/// </summary>
/// <remarks>
/// Events are raised one after the other by the store's own loop, never under a lock; a handler must be quick, may change the store, and must not block on it. At most
/// <see cref="StoreOptions.MaxUnsavedChanges"/> changes or <see cref="StoreOptions.MaxUnsavedBytes"/> wait to be saved.
/// </remarks>
/// <example><code>
/// await using var settings = await client.OpenDkvAsync(new DkvOptions { Name = "settings", ProjectId = projectId });
/// settings.Changed += change => Console.WriteLine($"{change.Key} is {change.Value}");
/// settings.Set("theme", "dark");
/// await settings.SaveAsync();
/// </code></example>
public sealed partial class Dkv : IStoreBody, IAsyncDisposable
{
    private readonly ConatClient _client;
    private readonly DkvOptions _options;
    private readonly CoreStream _core;
    private readonly Func<bool>? _release;
    private readonly CancellationTokenSource _closing = new();
    private readonly SaveLoop _saving;
    private readonly InventoryUpdate? _inventory;

    /// <summary>One attempt to save at a time.</summary>
    private readonly SemaphoreSlim _attempts = new(1);

    /// <summary>Guards all below. Whoever holds it may look into the stream, never the other way round.</summary>
    private readonly Lock _gate = new();
    private readonly DkvLocalChanges _local;
    private TaskCompletionSource? _saved;

    internal Dkv(ConatClient client, DkvOptions options, Func<bool>? release)
    {
        (_client, _options, _release) = (client, options, release);
        _core = new CoreStream(client, new StreamOptions(options)) { Observer = OnRemoteChange, Resynced = OnResynced, Failed = EndWaiters };
        _local = new DkvLocalChanges(options.MaxUnsavedChanges, options.MaxUnsavedBytes);
        _saving = new SaveLoop(AttemptAsync, client.Time, client.LogFailure, _closing.Token);
        _inventory = options.NoInventory ? null : new InventoryUpdate(client, options, StoreInventory.KeyValue, InventoryAsync, _closing.Token);
    }

    /// <summary>Happens after each change of a key that the server tells, this client's included.</summary>
    public event Action<DkvChange>? Changed;

    /// <summary>Happens when a limit refuses a change, which is undone.</summary>
    public event Action<DkvReject>? Rejected;

    /// <summary>Happens whenever nothing is unsaved any more.</summary>
    public event Action? Stable;

    /// <summary>The store's name.</summary>
    public string Name => _options.Name;

    /// <summary>How many keys there are.</summary>
    public int Count => ReadKeys().Count;

    /// <inheritdoc />
    public bool IsEnded => _closing.IsCancellationRequested;

    /// <summary>Whether something was changed here that the server has not told of.</summary>
    public bool HasUnsavedChanges
    {
        get
        {
            lock (_gate)
            {
                ThrowIfClosed();
                return _local.Unsaved > 0;
            }
        }
    }

    /// <summary>Why the server refuses the store; null while it doesn't.</summary>
    public ConatException? Failure => _core.Failure;

    internal CoreStream Core => _core;

    /// <summary>The value of a key; C#'s null if there is none.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public WireValue? Get(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (_gate)
        {
            ThrowIfClosed();
            return _local.TryGet(key, out var change) ? change.Value : _core.TryGetKey(key, out var row) ? row.Value : null;
        }
    }

    /// <summary>Whether there is such a key.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public bool Has(string key) => Get(key) is not null;

    /// <summary>All keys and values.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public IReadOnlyDictionary<string, WireValue> GetAll() => ReadKeys();

    /// <summary>All keys.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public IReadOnlyCollection<string> Keys() => ReadKeys().Keys;

    /// <summary>When the server stored the value of a key; null if it has not told so, or there is none.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public DateTimeOffset? Time(string key) => TryGetRow(key, out var row) ? row.Time : null;

    /// <summary>The number of a key's row; null if the server has told of none.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public long? Seq(string key) => TryGetRow(key, out var row) ? row.Seq : null;

    /// <summary>The headers of a key: those given here, else those stored.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public WireValue.Members? Headers(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (_gate)
        {
            ThrowIfClosed();
            return _local.TryGet(key, out var change) && change.Headers is not null ? change.Headers : _core.TryGetKey(key, out var row) ? row.Headers : null;
        }
    }

    /// <summary>The keys that are unsaved, in the order in which they were changed.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public IReadOnlyList<string> UnsavedChanges()
    {
        lock (_gate)
        {
            ThrowIfClosed();
            return _local.UnsavedKeys();
        }
    }

    /// <summary>Sets a key. C#'s null deletes it; null's value is a value.</summary>
    /// <param name="key">Any text.</param>
    /// <param name="value">The value.</param>
    /// <param name="headers">Stored with it.</param>
    /// <exception cref="ConatException">Nested too deep; too much is unsaved (429); <c>closed</c>; refused (403, 429).</exception>
    public void Set(string key, WireValue? value, WireValue.Members? headers = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        SetOne(key, value, headers);
        Save(isWrite: value is not null);
    }

    /// <summary>Sets keys, all in one request if possible; C#'s null deletes.</summary>
    /// <exception cref="ConatException">As of <see cref="Set"/>; what came before is set.</exception>
    public void SetMany(IEnumerable<KeyValuePair<string, WireValue?>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var isWrite = false;
        foreach (var (key, value) in values)
        {
            SetOne(key, value, null);
            isWrite |= value is not null;
        }

        Save(isWrite);
    }

    /// <summary>Deletes a key. One that isn't there costs nothing.</summary>
    /// <exception cref="ConatException">As of <see cref="Set"/>.</exception>
    public void Delete(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        SetOne(key, null, null);
        Save(isWrite: false);
    }

    /// <summary>Deletes all keys that are known here.</summary>
    /// <exception cref="ConatException">As of <see cref="Set"/>.</exception>
    public void Clear()
    {
        foreach (var key in ReadKeys().Keys)
        {
            SetOne(key, null, null);
        }

        Save(isWrite: false);
    }

    /// <summary>Sets limits, and enforces all; null only reads.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.ConfigAsync"/>.</exception>
    public Task<StreamConfiguration> ConfigAsync(StreamConfigurationChange? config = null, CancellationToken cancellationToken = default) =>
        _core.ConfigAsync(config, cancellationToken);

    /// <summary>What the server holds.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.InventoryAsync"/>.</exception>
    public Task<StreamInventory> InventoryAsync(CancellationToken cancellationToken = default) => _core.InventoryAsync(cancellationToken);

    /// <summary>Closes it, if nobody else has it open. What is unsaved is lost: <see cref="SaveAsync"/> before saves it.</summary>
    public ValueTask DisposeAsync() => _release is null || _release() ? EndAsync() : ValueTask.CompletedTask;

    /// <inheritdoc />
    public ValueTask EndAsync()
    {
        _closing.Cancel();
        EndWaiters(new ConatException("closed"));
        return _core.DisposeAsync();
    }

    internal async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _core.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _core.AllowTimeToLiveAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await EndAsync().ConfigureAwait(false);
            throw;
        }
    }

    private bool TryGetRow(string key, [NotNullWhen(true)] out StreamMessage? row)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (_gate)
        {
            ThrowIfClosed();
            row = null;
            return !(_local.TryGet(key, out var change) && change.IsDelete) && _core.TryGetKey(key, out row);
        }
    }

    private Dictionary<string, WireValue> ReadKeys()
    {
        lock (_gate)
        {
            ThrowIfClosed();
            return _core.Read(rows =>
            {
                var all = new Dictionary<string, WireValue>(rows.KeyCount, StringComparer.Ordinal);
                foreach (var (key, row) in rows.Keys())
                {
                    all[key] = row.Value;
                }

                foreach (var change in _local.All)
                {
                    if (change.Value is { } value)
                    {
                        all[change.Key] = value;
                    }
                    else
                    {
                        all.Remove(change.Key);
                    }
                }

                return all;
            });
        }
    }

    private void SetOne(string key, WireValue? value, WireValue.Members? headers)
    {
        // Encoded now: what can't be sent is refused here, and what comes back is compared with what was sent.
        var raw = value is null ? default : ConatPayload.Encode(value);
        lock (_gate)
        {
            ThrowIfClosed();
            _local.Set(key, value, raw, headers);
            _saved ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private void ThrowIfClosed()
    {
        if (_closing.IsCancellationRequested)
        {
            throw new ConatException("closed");
        }

        if (_core.Failure is { } failure)
        {
            throw failure;
        }
    }
}
