using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>A synctable in a dko: each field of a row is synchronised by itself (spec 07 §12.1).</summary>
internal sealed class FieldSyncTable : SyncTable
{
    private readonly Dko _dko;

    public FieldSyncTable(ConatClient client, SyncTableOptions options, Dko dko)
        : base(client, options)
    {
        _dko = dko;
        dko.Changed += OnChanged;
    }

    public override bool HasUnsavedChanges => _dko.HasUnsavedChanges;

    public override IReadOnlyDictionary<string, WireValue.Members> Get() => _dko.GetAll();

    public override WireValue.Members? Get(string key) => _dko.Get(key);

    public override void Set(WireValue.Members row) => _dko.Set(RowKey(row), row);

    public override void Delete(string key) => _dko.Delete(key);

    public override Task SaveAsync(CancellationToken cancellationToken = default) => _dko.SaveAsync(cancellationToken);

    public override ValueTask DisposeAsync()
    {
        _dko.Changed -= OnChanged;
        return _dko.DisposeAsync();
    }

    private void OnChanged(DkoChange change) => Tell(new SyncTableChange(change.Key, _dko.Get(change.Key), null));
}
