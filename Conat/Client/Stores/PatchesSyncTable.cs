using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>The patches of a document, in a stream (spec 07 §12.2): rows are written once, and none is deleted.</summary>
internal sealed class PatchesSyncTable : SyncTable
{
    private readonly string _stringId;
    private readonly Dstream _stream;

    /// <summary>Guards the rows.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<string, WireValue.Members> _rows = new(StringComparer.Ordinal);

    public PatchesSyncTable(ConatClient client, SyncTableOptions options, string stringId, Dstream stream)
        : base(client, options)
    {
        (_stringId, _stream) = (stringId, stream);
        stream.Changed += OnChanged;
        stream.Rejected += OnRejected;
        foreach (var value in stream.GetAll())
        {
            Add(value);
        }
    }

    public override bool HasUnsavedChanges => _stream.HasUnsavedChanges;

    public override IReadOnlyDictionary<string, WireValue.Members> Get()
    {
        lock (_gate)
        {
            return new Dictionary<string, WireValue.Members>(_rows, StringComparer.Ordinal);
        }
    }

    public override WireValue.Members? Get(string key)
    {
        lock (_gate)
        {
            return _rows.GetValueOrDefault(key);
        }
    }

    public override void Set(WireValue.Members row)
    {
        var written = new WireObject().AddAll(row, "string_id").Build();
        var key = RowKey(row);
        lock (_gate)
        {
            if (!_rows.TryAdd(key, written))
            {
                throw new ConatException($"object with key {key} was already written to the stream -- written data cannot be modified");
            }
        }

        try
        {
            _stream.Publish(written);
        }
        catch
        {
            Remove(written);
            throw;
        }
    }

    public override void Delete(string key) => throw new ConatException("patches can't be deleted");

    public override string RowKey(WireValue.Members row) => SyncTableNames.PatchKey(_stringId, row);

    public override Task SaveAsync(CancellationToken cancellationToken = default) => _stream.SaveAsync(cancellationToken);

    public override ValueTask DisposeAsync()
    {
        _stream.Changed -= OnChanged;
        _stream.Rejected -= OnRejected;
        return _stream.DisposeAsync();
    }

    private string? Add(WireValue value)
    {
        if (value is not WireValue.Members row)
        {
            return null;
        }

        var key = RowKey(row);
        lock (_gate)
        {
            _rows[key] = row;
        }

        return key;
    }

    private void Remove(WireValue value)
    {
        if (value is WireValue.Members row)
        {
            lock (_gate)
            {
                _rows.Remove(RowKey(row));
            }
        }
    }

    private void OnChanged(StreamMessage message)
    {
        if (Add(message.Value) is { } key)
        {
            Tell(new SyncTableChange(key, (WireValue.Members)message.Value, null));
        }
    }

    private void OnRejected(DstreamReject reject) => Remove(reject.Value);
}
