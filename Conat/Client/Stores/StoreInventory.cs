using System.Text;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// The stores of an owner (spec 07 §9): the dkv <c>CoCalc-Inventory</c>, in which each store keeps an entry of itself, but the inventory. Opened by
/// <see cref="ConatClient.OpenInventoryAsync"/>.
/// </summary>
public sealed class StoreInventory : IAsyncDisposable
{
    /// <summary>The name of its dkv.</summary>
    public const string StoreName = "CoCalc-Inventory";

    /// <summary>The type of dkvs and dkos.</summary>
    public const string KeyValue = "kv";

    /// <summary>The type of dstreams.</summary>
    public const string Stream = "stream";

    private readonly Dkv _dkv;
    private readonly TimeProvider _time;

    internal StoreInventory(Dkv dkv, TimeProvider time) => (_dkv, _time) = (dkv, time);

    /// <summary>The entry of a store.</summary>
    /// <param name="name">The store's name.</param>
    /// <param name="type">Null looks for a <see cref="KeyValue"/> first, then for a <see cref="Stream"/>.</param>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public InventoryEntry? Get(string name, string? type = null) =>
        type is null ? Get(name, KeyValue) ?? Get(name, Stream)
        : _dkv.Get(StoreNames.InventoryKey(name, type)) is WireValue.Members value ? Read(name, type, value)
        : null;

    /// <summary>All entries.</summary>
    /// <param name="filter">Only those in whose description's JSON, a blank and name this occurs, in whatever case; null for all.</param>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public IReadOnlyList<InventoryEntry> GetAll(string? filter = null)
    {
        var entries = new List<InventoryEntry>();
        foreach (var (key, value) in _dkv.GetAll())
        {
            if (value is not WireValue.Members members || !WireJson.TryParse(Encoding.UTF8.GetBytes(key), out var parsed) || parsed is not WireValue.Members id
                || id["name"].AsText() is not { } name || id["type"].AsText() is not { } type)
            {
                continue;
            }

            var text = $"{(members.Has("desc") ? WireJson.ToText(members["desc"]) : "")} {name}";
            if (filter is null || text.Contains(filter, StringComparison.OrdinalIgnoreCase))
            {
                entries.Add(Read(name, type, members));
            }
        }

        return entries;
    }

    /// <summary>Makes or renews the entry of a store.</summary>
    /// <param name="name">The store's name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="inventory">What it holds.</param>
    /// <param name="description">Null leaves that which the entry has.</param>
    /// <exception cref="ConatException">As of <see cref="Dkv.Set"/>.</exception>
    public void Set(string name, string type, StreamInventory inventory, WireValue? description = null)
    {
        ArgumentNullException.ThrowIfNull(inventory);
        var key = StoreNames.InventoryKey(name, type);
        var before = _dkv.Get(key) as WireValue.Members;
        var now = (double)_time.GetUtcNow().ToUnixTimeMilliseconds();
        _dkv.Set(key, new WireObject
        {
            ["desc"] = description ?? (before is not null && before.Has("desc") ? before["desc"] : null),
            ["last"] = now,
            ["created"] = before?["created"] is WireValue.Number created ? created : now,
            ["bytes"] = inventory.Bytes,
            ["count"] = inventory.Count,
            ["limits"] = inventory.Limits,
            ["seq"] = inventory.Seq,
        }.Build());
    }

    /// <summary>Removes the entry of a store.</summary>
    /// <exception cref="ConatException">As of <see cref="Dkv.Delete"/>.</exception>
    public void Delete(string name, string type) => _dkv.Delete(StoreNames.InventoryKey(name, type));

    /// <inheritdoc cref="Dkv.SaveAsync"/>
    public Task SaveAsync(CancellationToken cancellationToken = default) => _dkv.SaveAsync(cancellationToken);

    /// <inheritdoc cref="Dkv.DisposeAsync"/>
    public ValueTask DisposeAsync() => _dkv.DisposeAsync();

    private static InventoryEntry Read(string name, string type, WireValue.Members value) => new(
        name,
        type,
        value.Has("desc") ? value["desc"] : null,
        StoreTime.Read(value["last"].AsNumber() ?? 0),
        StoreTime.Read(value["created"].AsNumber() ?? 0),
        (long)(value["bytes"].AsNumber() ?? 0),
        (long)(value["count"].AsNumber() ?? 0),
        value["limits"] as WireValue.Members ?? new WireValue.Members([]),
        (long)(value["seq"].AsNumber() ?? 0));
}
