using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// Which files of a project somebody wants open, and which process has them open (spec 07 §13): the dko <c>open-files</c>. Each change reads the whole entry, changes one field and
/// sets the entry; only the rows that differ are written, and the last one who writes a field wins it. Opened by <see cref="ConatClient.OpenFilesAsync"/>. Thread-safe; events as of
/// <see cref="Dkv"/>.
/// </summary>
public sealed class OpenFiles : IAsyncDisposable
{
    private readonly ConatClient _client;
    private readonly Dko _dko;

    /// <summary>Makes reading and setting an entry one step for the callers of this object.</summary>
    private readonly Lock _gate = new();

    internal OpenFiles(ConatClient client, Dko dko)
    {
        (_client, _dko) = (client, dko);
        dko.Changed += OnChanged;
    }

    /// <summary>Happens after each change of a row of an entry that exists: touching a new file is three, of which the first show an entry that isn't complete.</summary>
    public event Action<OpenFileEntry>? Changed;

    /// <inheritdoc cref="Dkv.HasUnsavedChanges"/>
    public bool HasUnsavedChanges => _dko.HasUnsavedChanges;

    internal Dko Dko => _dko;

    private double Now => _client.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The entry of a file; null if there is none.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public OpenFileEntry? Get(string path) => _dko.Get(path) is { } fields ? new OpenFileEntry(path, fields) : null;

    /// <summary>
    /// All entries. One may show a field that was removed (§6): take the paths from here, and what matters from <see cref="Get"/>.
    /// </summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public IReadOnlyList<OpenFileEntry> GetAll() => [.. _dko.GetAll().Select(entry => new OpenFileEntry(entry.Key, entry.Value))];

    /// <summary>A person wants the file open.</summary>
    /// <param name="path">Relative to the home folder.</param>
    /// <param name="doctype">As <see cref="OpenFileEntry.Doctype"/>; null leaves what is there.</param>
    /// <exception cref="ConatException"><c>path must be specified</c>; as of <see cref="Dkv.Set"/>.</exception>
    public void Touch(string path, WireValue.Members? doctype = null)
    {
        if (string.IsNullOrEmpty(path))
        {
            throw new ConatException("path must be specified");
        }

        lock (_gate)
        {
            var fields = With(_dko.Get(path), "time", Now);
            _dko.Set(path, doctype is null ? fields : With(fields, "doctype", doctype));
        }
    }

    /// <summary>A compute server, 0 for the project, has the file open.</summary>
    /// <exception cref="ConatException">As of <see cref="Dkv.Set"/>.</exception>
    public void SetBackend(string path, int id) => SetField(path, "backend", new WireObject { ["id"] = id, ["time"] = Now }.Build());

    /// <summary>The compute server that has the file open, 0 for the project; null if none has.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public int? GetBackend(string path) => Get(path)?.BackendId;

    /// <summary>A compute server has the file open no more; nothing happens if it is another one that has.</summary>
    /// <exception cref="ConatException">As of <see cref="Dkv.Set"/>.</exception>
    public void SetNotBackend(string path, int id)
    {
        lock (_gate)
        {
            if (GetBackend(path) == id)
            {
                SetField(path, "backend", null);
            }
        }
    }

    /// <summary>The file has vanished.</summary>
    /// <exception cref="ConatException">As of <see cref="Dkv.Set"/>.</exception>
    public void SetDeleted(string path) => SetField(path, "deleted", new WireObject { ["deleted"] = true, ["time"] = Now }.Build());

    /// <summary>The file is there again.</summary>
    /// <exception cref="ConatException">As of <see cref="Dkv.Set"/>.</exception>
    public void SetNotDeleted(string path) => SetField(path, "deleted", new WireObject { ["deleted"] = false, ["time"] = Now }.Build());

    /// <summary>Whether the file has vanished.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public bool IsDeleted(string path) => Get(path)?.IsDeleted ?? false;

    /// <summary>Opening or closing the file has failed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="error">The text for people, e.g. <c>Error: no such file</c>; null for no error any more.</param>
    /// <exception cref="ConatException">As of <see cref="Dkv.Set"/>.</exception>
    public void SetError(string path, string? error = null) =>
        SetField(path, "error", error is null ? null : new WireObject { ["time"] = Now, ["error"] = error }.Build());

    /// <inheritdoc cref="Dko.Delete"/>
    public void Delete(string path) => _dko.Delete(path);

    /// <inheritdoc cref="Dko.Clear"/>
    public void Clear() => _dko.Clear();

    /// <inheritdoc cref="Dkv.SaveAsync"/>
    public Task SaveAsync(CancellationToken cancellationToken = default) => _dko.SaveAsync(cancellationToken);

    /// <summary>Closes it. What is unsaved is lost.</summary>
    public ValueTask DisposeAsync()
    {
        _dko.Changed -= OnChanged;
        return _dko.DisposeAsync();
    }

    /// <summary>The same with one field changed, in its place; null removes it.</summary>
    private static WireValue.Members With(WireValue.Members? fields, string name, WireValue? value)
    {
        var changed = new WireObject();
        var isThere = false;
        foreach (var (field, before) in fields?.Values ?? [])
        {
            changed[field] = field == name ? value : before;
            isThere |= field == name;
        }

        changed[name] = isThere ? null : value;
        return changed.Build();
    }

    private void SetField(string path, string name, WireValue? value)
    {
        lock (_gate)
        {
            _dko.Set(path, With(_dko.Get(path), name, value));
        }
    }

    private void OnChanged(DkoChange change)
    {
        if (Get(change.Key) is { } entry)
        {
            _client.Raise(Changed, entry);
        }
    }
}
