using System.Text.Json;
using System.Text.RegularExpressions;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>A client's store in the place of a recorded one: what is called by a step, what it tells, and what state it shows.</summary>
internal abstract class ReplayStore : IAsyncDisposable
{
    /// <summary>Guards the events.</summary>
    private readonly Lock _gate = new();
    private readonly List<WireValue.Members> _events = [];

    public IReadOnlyList<WireValue.Members> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    public abstract Dkv Rows { get; }

    public static async Task<ReplayStore> OpenAsync(string kind, ConatClient client, JsonElement test)
    {
        var options = test.GetProperty("options");
        var name = test.GetProperty("storage").GetProperty("path").GetString()!.Split('/', 3)[2];
        var store = new DkvOptions
        {
            Name = kind == "dkv" ? name : name[StoreNames.DkoPrefix.Length..],
            ProjectId = StoreBus.ProjectId,
            NoAutosave = options.TryGetProperty("noAutosave", out var noAutosave) && noAutosave.GetBoolean(),
            NoInventory = options.TryGetProperty("noInventory", out var noInventory) && noInventory.GetBoolean(),
            Config = Config(test),
            Merge = test.Text("merge") is { } merge ? MergeBy(merge) : null,
        };
        return kind switch
        {
            "dkv" => new DkvStore(await client.OpenDkvAsync(store)),
            "dko" => new DkoStore(await client.OpenDkoAsync(store)),
            _ => new OpenFilesStore(await client.OpenFilesAsync(new ProjectStores(StoreBus.ProjectId).OpenFiles with { NoAutosave = true })),
        };
    }

    public void Forget()
    {
        lock (_gate)
        {
            _events.Clear();
        }
    }

    /// <returns>What the call gives; C#'s null for nothing.</returns>
    public async Task<WireValue?> DoAsync(JsonElement op)
    {
        if (op.Text("do") == "save")
        {
            await Rows.SaveAsync();
            return null;
        }

        return Do(op.Text("do")!, op.Text("key") ?? op.Text("path") ?? "", op);
    }

    public WireValue.Members State(bool withRows)
    {
        var state = new WireObject { ["all"] = All() };
        if (withRows)
        {
            state["underlying"] = Members(Rows.GetAll());
        }

        return state.With("unsaved", new WireValue.Items([.. Rows.UnsavedChanges().Select(key => (WireValue)key)])).Build();
    }

    public abstract ValueTask DisposeAsync();

    protected static WireValue Members<T>(IReadOnlyDictionary<string, T> values)
        where T : WireValue => new WireValue.Members([.. values.Select(pair => new KeyValuePair<string, WireValue>(pair.Key, pair.Value))]);

    protected abstract WireValue All();

    protected abstract WireValue? Do(string what, string key, JsonElement op);

    protected void Tell(string name, WireValue? value = null)
    {
        lock (_gate)
        {
            _events.Add(new WireObject { ["event"] = name, ["value"] = value }.Build());
        }
    }

    private static StreamConfigurationChange? Config(JsonElement test) =>
        test.GetProperty("open_commands").EnumerateArray().First().GetProperty("config") is var config && config.EnumerateObject().Any()
            ? StreamConfigurationChange.Read(StoreVectors.Members(config))
            : null;

    /// <summary>The merge functions, by their descriptions.</summary>
    private static Func<DkvConflict, WireValue?> MergeBy(string description)
    {
        if (Regex.Match(description, "always returns the string \"(.*)\"") is { Success: true } constant)
        {
            return _ => constant.Groups[1].Value;
        }

        if (Regex.Match(description, "local \\+ \"(.*)\" \\+ remote") is { Success: true } joined)
        {
            return conflict => conflict.Local.AsText() + joined.Groups[1].Value + conflict.Remote.AsText();
        }

        Assert.Contains("object spread", description, StringComparison.Ordinal);
        return conflict =>
        {
            var (local, remote) = ((WireValue.Members)conflict.Local, (WireValue.Members)conflict.Remote);
            var fields = remote.Values.Select(member => member.Key).Union(local.Values.Select(member => member.Key));
            return new WireValue.Members([.. fields.Select(field => new KeyValuePair<string, WireValue>(field, local.Has(field) ? local[field] : remote[field]))]);
        };
    }

    private sealed class DkvStore : ReplayStore
    {
        public DkvStore(Dkv dkv)
        {
            Rows = dkv;
            dkv.Changed += change => Tell("change", new WireObject { ["key"] = change.Key, ["value"] = change.Value, ["prev"] = change.Previous }.Build());
            dkv.Rejected += reject => Tell("reject", new WireObject { ["key"] = reject.Key, ["value"] = reject.Value }.Build());
            dkv.Stable += () => Tell("stable");
        }

        public override Dkv Rows { get; }

        public override ValueTask DisposeAsync() => Rows.DisposeAsync();

        protected override WireValue All() => Members(Rows.GetAll());

        protected override WireValue? Do(string what, string key, JsonElement op)
        {
            switch (what)
            {
                case "set":
                    Rows.Set(key, StoreVectors.Read(op.GetProperty("value")));
                    return null;
                case "setMany":
                    Rows.SetMany(op.GetProperty("values").EnumerateObject().Select(value => new KeyValuePair<string, WireValue?>(value.Name, StoreVectors.Read(value.Value))));
                    return null;
                case "delete":
                    Rows.Delete(key);
                    return null;
                case "clear":
                    Rows.Clear();
                    return null;
                case "get":
                    return Rows.Get(key);
                case "getAll":
                    return All();
                default:
                    throw new ArgumentException(what);
            }
        }
    }

    private sealed class DkoStore : ReplayStore
    {
        private readonly Dko _dko;

        public DkoStore(Dko dko)
        {
            _dko = dko;
            dko.Changed += change => Tell("change", new WireObject { ["key"] = change.Key, ["field"] = change.Field is null ? null : (WireValue)change.Field, ["value"] = change.Value }.Build());
            dko.Rejected += reject => Tell("reject", new WireObject { ["key"] = reject.Key, ["value"] = reject.Value }.Build());
            dko.Stable += () => Tell("stable");
        }

        public override Dkv Rows => _dko.Rows;

        public override ValueTask DisposeAsync() => _dko.DisposeAsync();

        protected override WireValue All() => Members(_dko.GetAll());

        protected override WireValue? Do(string what, string key, JsonElement op)
        {
            switch (what)
            {
                case "set":
                    _dko.Set(key, StoreVectors.Read(op.GetProperty("value")));
                    return null;
                case "delete":
                    _dko.Delete(key);
                    return null;
                case "clear":
                    _dko.Clear();
                    return null;
                case "get":
                    return _dko.Get(key);
                case "has":
                    return _dko.Has(key);
                case "getAll":
                    return All();
                default:
                    throw new ArgumentException(what);
            }
        }
    }

    private sealed class OpenFilesStore : ReplayStore
    {
        private readonly OpenFiles _files;

        public OpenFilesStore(OpenFiles files)
        {
            _files = files;
            files.Changed += entry => Tell("change", Entry(entry));
        }

        public override Dkv Rows => _files.Dko.Rows;

        public override ValueTask DisposeAsync() => _files.DisposeAsync();

        protected override WireValue All() => new WireValue.Items([.. _files.GetAll().Select(Entry)]);

        protected override WireValue? Do(string what, string key, JsonElement op)
        {
            switch (what)
            {
                case "touch":
                    _files.Touch(key, op.TryGetProperty("doctype", out var doctype) ? StoreVectors.Members(doctype) : null);
                    return null;
                case "setBackend":
                    _files.SetBackend(key, op.GetProperty("id").GetInt32());
                    return null;
                case "setNotBackend":
                    _files.SetNotBackend(key, op.GetProperty("id").GetInt32());
                    return null;
                case "getBackend":
                    return _files.Get(key) is { BackendId: { } id, BackendTime: { } time } ? new WireObject { ["id"] = id, ["time"] = time.ToUnixTimeMilliseconds() }.Build() : null;
                case "setDeleted":
                    _files.SetDeleted(key);
                    return null;
                case "setNotDeleted":
                    _files.SetNotDeleted(key);
                    return null;
                case "isDeleted":
                    return _files.IsDeleted(key);
                case "setError":
                    _files.SetError(key, op.Text("error"));
                    return null;
                case "delete":
                    _files.Delete(key);
                    return null;
                case "get":
                    return _files.Get(key) is { } entry ? Entry(entry) : null;
                case "getAll":
                    return All();
                default:
                    throw new ArgumentException(what);
            }
        }

        private static WireValue.Members Entry(OpenFileEntry entry) => new WireObject().AddAll(entry.Fields).With("path", entry.Path).Build();
    }
}
