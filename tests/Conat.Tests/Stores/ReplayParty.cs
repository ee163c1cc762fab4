using System.Text.Json;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>One of the recorded clients.</summary>
internal sealed class ReplayParty : IAsyncDisposable
{
    private readonly List<WireValue> _told = [];
    private readonly List<WireValue> _expected = [];

    public ScriptedPersist.Line Line { get; set; } = null!;

    public PersistClient? Persist { get; private set; }

    public CoreStream? Core { get; private set; }

    public PersistFeed? Feed { get; private set; }

    /// <summary>It connects again by itself.</summary>
    public bool IsResuming { get; set; }

    public async Task<WireValue> OpenAsync(StoreBus bus, JsonElement op, JsonElement storage)
    {
        var project = op.ValueKind == JsonValueKind.Object && op.TryGetProperty("user", out var user) ? user.Text("project_id")! : storage.Text("path")!.Split('/')[1];
        var options = new StreamOptions { Name = "../../" + storage.Text("path"), ProjectId = project, NoCheck = true, NoCache = true };
        var client = await bus.ClientAsync();
        if (op.ValueKind == JsonValueKind.Object && op.Text("do") == "cstream")
        {
            Core = await client.OpenCoreStreamAsync(options with { Config = StreamConfigurationChange.Read(StoreVectors.Members(op.GetProperty("config"))) });
            return WireValue.Null;
        }

        Persist = storage.TryGetProperty("ephemeral", out var ephemeral)
            ? await client.OpenPersistAsync(options with { IsEphemeral = ephemeral.GetBoolean() })
            : (await client.OpenAstreamAsync(options)).Persist;
        return WireValue.Null;
    }

    /// <summary>Makes a request as it was recorded, and gives its answer as it is on the wire.</summary>
    public async Task<WireValue> CallAsync(string command, JsonElement recorded)
    {
        var headers = StoreVectors.Members(recorded.GetProperty("headers"));
        var payload = StoreVectors.Read(recorded.GetProperty("payload"))!;
        switch (command)
        {
            case "set":
                return (await Persist!.SetAsync(Message(headers, payload, headers["headers"]))).ToWire();
            case "setMany":
                var outcomes = await Persist!.SetManyAsync([.. ((WireValue.Items)payload).Values.Cast<WireValue.Members>().Select(element =>
                {
                    var data = (WireValue.Members)element["messageData"];
                    return Message(element, WireValue.Null, data["headers"]) with { Raw = ((WireValue.Bytes)data["raw"]).Value };
                })]);
                return new WireValue.Items([.. outcomes.Select(outcome => outcome.Stored is { } stored
                    ? (WireValue)stored.ToWire()
                    : new WireObject { ["error"] = outcome.Error!.Message, ["code"] = outcome.Error.Code is { } code ? (WireValue)code : null }.Build())]);
            case "get":
                var row = headers["seq"].AsNumber() is { } seq ? await Persist!.GetAsync((long)seq) : await Persist!.GetAsync(headers["key"].AsText()!);
                return row?.Value ?? WireValue.Null;
            case "getAll":
                var rows = await Persist!.GetAllAsync((long?)headers["start_seq"].AsNumber(), (long?)headers["end_seq"].AsNumber()).ToListAsync();
                return new WireValue.Items([.. rows.Select(stored => new StoredMessage(stored.Seq, stored.Time.ToUnixTimeMilliseconds(), stored.Key, stored.Encoding, stored.Raw, stored.Headers).ToWire())]);
            case "keys":
                return new WireValue.Items([.. (await Persist!.KeysAsync()).Select(key => (WireValue)key)]);
            case "delete":
                var deletion = new StreamDeletion
                {
                    All = headers["all"].IsTruthy(),
                    Seq = (long?)headers["seq"].AsNumber(),
                    LastSeq = (long?)headers["last_seq"].AsNumber(),
                    Seqs = headers["seqs"] is WireValue.Items seqs ? [.. seqs.Values.Select(number => (long)number.AsNumber()!)] : default,
                };
                return new WireObject { ["seqs"] = new WireValue.Items([.. (await Persist!.DeleteAsync(deletion)).Select(number => (WireValue)number)]) }.Build();
            case "config":
                return (await Persist!.ConfigAsync(headers.Has("config") ? StreamConfigurationChange.Read(headers["config"]) : null)).ToWire();
            case "inventory":
                return (await Persist!.InventoryAsync()).ToWire();
            case "serverId":
                return await Persist!.ServerIdAsync();
            case "changefeed":
                await StartFeedAsync();
                return "created";
            default:
                throw new ArgumentException(command);
        }
    }

    public async Task StartFeedAsync()
    {
        Feed ??= Persist!.OpenFeed();
        await Persist!.StartFeedAsync(Feed, CancellationToken.None);
    }

    /// <summary>Makes a recorded call of the core stream.</summary>
    public async Task<WireValue> DriveAsync(JsonElement op)
    {
        switch (op.Text("do"))
        {
            case "publish":
                await Core!.PublishAsync(StoreVectors.Read(op.GetProperty("message")), Options(op));
                break;
            case "publishMany":
                await Core!.PublishManyAsync([.. op.GetProperty("messages").EnumerateArray().Select(message => Options(message) with { Value = StoreVectors.Read(message.GetProperty("mesg")) })]);
                break;
            case "setKv":
                var options = Options(op);
                await Core!.SetKeyAsync(op.Text("key")!, StoreVectors.Read(op.GetProperty("value")), options with { PreviousSeq = Core.TryGetKey(op.Text("key")!, out var row) ? row.Seq : null });
                break;
            case "deleteKv":
                await Core!.DeleteKeyAsync(op.Text("key")!);
                break;
            case "delete":
                await Core!.DeleteAsync(new StreamDeletion { LastIndex = op.GetProperty("last_index").GetInt32() });
                break;
        }

        return WireValue.Null;
    }

    public void Expect(JsonElement frame)
    {
        if (frame.GetProperty("payload").ValueKind == JsonValueKind.Array)
        {
            _expected.AddRange(((WireValue.Items)StoreVectors.Read(frame.GetProperty("payload"))!).Values);
        }
    }

    /// <summary>What was fetched comes by the feed, too.</summary>
    public async Task AssertFeedAsync(IEnumerable<JsonElement> fetched)
    {
        if (Feed is null)
        {
            return;
        }

        _expected.InsertRange(_expected.Count, fetched.Select(answer => StoreVectors.Read(answer.GetProperty("payload"))).OfType<WireValue.Items>().SelectMany(rows => rows.Values));
        while (_told.Count < _expected.Count)
        {
            var item = (await Feed.ReadAsync(CancellationToken.None).AsTask().Within())!.Value;
            if (item.Message is { } message)
            {
                _told.Add(new StreamEvent.Stored(new StoredMessage(message.Seq, message.Time.ToUnixTimeMilliseconds(), message.Key, message.Encoding, message.Raw, message.Headers), item.MessageId).ToWire());
            }
            else if (item.Resumed is null)
            {
                _told.Add(new StreamEvent.Deleted(item.Deleted).ToWire());
            }
        }

        Assert.True(new WireValue.Items([.. _expected]).DeepEquals(new WireValue.Items([.. _told])), string.Join('\n', _told));
    }

    public async ValueTask DisposeAsync()
    {
        Feed?.Dispose();
        if (Persist is not null)
        {
            await Persist.DisposeAsync();
        }

        if (Core is not null)
        {
            await Core.DisposeAsync();
        }
    }

    private static StreamPublish Options(JsonElement op)
    {
        var options = op.TryGetProperty("options", out var given) ? StoreVectors.Members(given) : new WireValue.Members([]);
        return Message(options, WireValue.Null, options["headers"]) with { PreviousSeq = null };
    }

    private static StreamPublish Message(WireValue.Members options, WireValue value, WireValue headers) => new(value)
    {
        Key = options["key"].AsText(),
        Headers = headers as WireValue.Members,
        MessageId = options["msgID"].AsText(),
        PreviousSeq = (long?)options["previousSeq"].AsNumber(),
        TimeToLive = options["ttl"].AsNumber() is { } ttl ? TimeSpan.FromMilliseconds(ttl) : null,
        Timeout = options["timeout"].AsNumber() is { } timeout ? TimeSpan.FromMilliseconds(timeout) : null,
    };
}
