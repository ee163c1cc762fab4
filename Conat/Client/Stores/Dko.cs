using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// An eventually consistent map of keys to objects, spread over a dkv so that each field is synchronised by itself: the last one who writes a field wins it (spec 07 §6).
/// Opened by <see cref="ConatClient.OpenDkoAsync"/>; who opens the same one of one client again gets the same object, and each closes it. Thread-safe; events as of
/// <see cref="Dkv"/>.
/// <code>
/// set("o", {a: 5, b: 7})      o → ["a","b"]      ["o","a"] → 5      ["o","b"] → 7
/// </code>
/// </summary>
/// <remarks>
/// An object that is set without a field it had keeps the field's row: somebody else may just be writing it. <see cref="Get"/> doesn't show it, <see cref="GetAll"/> does. A field
/// without a name can't be used.
/// </remarks>
public sealed class Dko : IStoreBody, IAsyncDisposable
{
    private readonly ConatClient _client;
    private readonly Func<bool>? _release;

    internal Dko(ConatClient client, StoreOptions options, Dkv dkv, Func<bool>? release)
    {
        (_client, Name, Rows, _release) = (client, options.Name, dkv, release);
        dkv.Changed += OnChanged;
        dkv.Rejected += OnRejected;
        dkv.Stable += OnStable;
    }

    /// <summary>Happens after each change of a row that the server tells: an object with two new fields is three changes, and is seen half made in between.</summary>
    public event Action<DkoChange>? Changed;

    /// <summary>Happens when a limit refuses a row.</summary>
    public event Action<DkoReject>? Rejected;

    /// <summary>Happens whenever nothing is unsaved any more.</summary>
    public event Action? Stable;

    /// <summary>The store's name, without the dkv's <c>__dko__</c>.</summary>
    public string Name { get; }

    /// <inheritdoc />
    public bool IsEnded => Rows.IsEnded;

    /// <inheritdoc cref="Dkv.HasUnsavedChanges"/>
    public bool HasUnsavedChanges => Rows.HasUnsavedChanges;

    /// <summary>The dkv under it.</summary>
    internal Dkv Rows { get; }

    /// <summary>The object, with the fields that it lists; null if there is none.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public WireValue.Members? Get(string key)
    {
        if (Fields(key) is not { } fields)
        {
            return null;
        }

        var value = new WireObject();
        foreach (var field in fields)
        {
            value[field] = Rows.Get(StoreNames.FieldKey(key, field));
        }

        return value.Build();
    }

    /// <summary>All objects that have a field, with all fields that have a row, listed or not.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public IReadOnlyDictionary<string, WireValue.Members> GetAll()
    {
        var objects = new Dictionary<string, WireObject>(StringComparer.Ordinal);
        foreach (var (row, value) in Rows.GetAll())
        {
            if (StoreNames.ReadFieldKey(row) is (var key, { Length: > 0 } field))
            {
                if (!objects.TryGetValue(key, out var members))
                {
                    objects.Add(key, members = []);
                }

                members[field] = value;
            }
        }

        var all = new Dictionary<string, WireValue.Members>(objects.Count, StringComparer.Ordinal);
        foreach (var (key, members) in objects)
        {
            all.Add(key, members.Build());
        }

        return all;
    }

    /// <summary>Whether there is such an object.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public bool Has(string key) => Rows.Has(key);

    /// <summary>
    /// Sets an object: writes the rows of the fields that differ, and the list of fields if that differs. C#'s null and null's value delete it. A field set to undefined, which is
    /// one that <paramref name="value"/> has not, isn't listed any more.
    /// </summary>
    /// <exception cref="ConatException"><c>values must be objects</c>; as of <see cref="Dkv.Set"/>.</exception>
    public void Set(string key, WireValue? value)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (value is null or WireValue.Nothing)
        {
            Delete(key);
            return;
        }

        if (value is not WireValue.Members members)
        {
            throw new ConatException("values must be objects");
        }

        var fields = members.Values.Select(member => member.Key).Distinct(StringComparer.Ordinal).ToImmutableArray();
        var changes = new List<KeyValuePair<string, WireValue?>>();
        var list = new WireValue.Items([.. fields.Select(field => (WireValue)field)]);
        Add(changes, key, list);
        foreach (var field in fields)
        {
            Add(changes, StoreNames.FieldKey(key, field), members[field]);
        }

        if (changes.Count > 0)
        {
            Rows.SetMany(changes);
        }
    }

    /// <summary>Deletes an object and the fields that it lists. One that isn't there costs nothing.</summary>
    /// <exception cref="ConatException">As of <see cref="Dkv.Delete"/>.</exception>
    public void Delete(string key)
    {
        if (Fields(key) is not { } fields)
        {
            return;
        }

        Rows.SetMany([new(key, null), .. fields.Select(field => new KeyValuePair<string, WireValue?>(StoreNames.FieldKey(key, field), null))]);
    }

    /// <inheritdoc cref="Dkv.Clear"/>
    public void Clear() => Rows.Clear();

    /// <summary>The fields whose rows are unsaved.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public IReadOnlyList<(string Key, string Field)> UnsavedChanges() =>
        [.. Rows.UnsavedChanges().Select(StoreNames.ReadFieldKey).Where(row => row.Field is not null).Select(row => (row.Key, row.Field!))];

    /// <inheritdoc cref="Dkv.SaveAsync"/>
    public Task SaveAsync(CancellationToken cancellationToken = default) => Rows.SaveAsync(cancellationToken);

    /// <inheritdoc cref="Dkv.ConfigAsync"/>
    public Task<StreamConfiguration> ConfigAsync(StreamConfigurationChange? config = null, CancellationToken cancellationToken = default) =>
        Rows.ConfigAsync(config, cancellationToken);

    /// <inheritdoc cref="Dkv.DisposeAsync"/>
    public ValueTask DisposeAsync() => _release is null || _release() ? EndAsync() : ValueTask.CompletedTask;

    /// <inheritdoc />
    public ValueTask EndAsync()
    {
        Rows.Changed -= OnChanged;
        Rows.Rejected -= OnRejected;
        Rows.Stable -= OnStable;
        return Rows.DisposeAsync();
    }

    private ImmutableArray<string>? Fields(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Rows.Get(key) switch
        {
            null => null,
            WireValue.Items items => [.. items.Values.Select(field => field.AsText()).OfType<string>()],
            // Whatever it is, it lists no field.
            _ => [],
        };
    }

    private void Add(List<KeyValuePair<string, WireValue?>> changes, string row, WireValue value)
    {
        if (Rows.Get(row) is not { } before || !before.DeepEquals(value))
        {
            changes.Add(new(row, value));
        }
    }

    private void OnChanged(DkvChange change)
    {
        var (key, field) = StoreNames.ReadFieldKey(change.Key);
        if (field != "")
        {
            _client.Raise(Changed, new DkoChange(key, field, field is null ? null : change.Value));
        }
    }

    private void OnRejected(DkvReject reject)
    {
        var (key, field) = StoreNames.ReadFieldKey(reject.Key);
        _client.Raise(Rejected, new DkoReject(key, field, reject.Value, reject.Reason));
    }

    private void OnStable() => _client.Raise(Stable);
}
