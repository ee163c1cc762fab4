using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>A synctable in a dkv: a row is one value (spec 07 §12.1).</summary>
internal sealed class AtomicSyncTable : SyncTable
{
    private readonly Dkv _dkv;

    public AtomicSyncTable(ConatClient client, SyncTableOptions options, Dkv dkv)
        : base(client, options)
    {
        _dkv = dkv;
        dkv.Changed += OnChanged;
    }

    public override bool HasUnsavedChanges => _dkv.HasUnsavedChanges;

    public override IReadOnlyDictionary<string, WireValue.Members> Get()
    {
        var rows = new Dictionary<string, WireValue.Members>(StringComparer.Ordinal);
        foreach (var (key, value) in _dkv.GetAll())
        {
            if (value is WireValue.Members row)
            {
                rows.Add(key, row);
            }
        }

        return rows;
    }

    public override WireValue.Members? Get(string key) => _dkv.Get(key) as WireValue.Members;

    public override void Set(WireValue.Members row) => _dkv.Set(RowKey(row), row);

    public override void Delete(string key) => _dkv.Delete(key);

    public override Task SaveAsync(CancellationToken cancellationToken = default) => _dkv.SaveAsync(cancellationToken);

    public override ValueTask DisposeAsync()
    {
        _dkv.Changed -= OnChanged;
        return _dkv.DisposeAsync();
    }

    private void OnChanged(DkvChange change) => Tell(new SyncTableChange(change.Key, change.Value as WireValue.Members, change.Previous));
}
