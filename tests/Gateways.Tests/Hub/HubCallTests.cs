using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Hub;

/// <summary>The daemon's calls to a hub (spec 02 §10): the captured ones byte for byte but for the ids, and their bounds.</summary>
public sealed class HubCallTests : IAsyncLifetime
{
    private static readonly JsonElement Cases = Vectors.Load("hub-tcp").GetProperty("daemon_initiated");
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);
    private static readonly WireValue Query = new WireObject { ["projects"] = new WireObject { ["title"] = WireValue.Null }.Build() }.Build();

    private readonly FakeTimeProvider _time = new();
    private readonly ProjectHost _host;

    public HubCallTests() => _host = new ProjectHost(_time);

    public static TheoryData<string> Queries => ["database query, no changefeed", "database query, error", "status update (kucalc mode)"];

    public static TheoryData<string> Blobs => ["save blob ok", "save blob failed"];

    public Task InitializeAsync() => _host.InitializeAsync();

    public Task DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task Query_AsCaptured(string name)
    {
        var item = Case(name);
        using var hub = await ConnectedHub();
        var call = _host.Hubs.Query(Wire(item["daemon_sends"]!["json"]!["query"]!), null, default);
        var id = await AssertSent(hub, item);
        foreach (var reply in item["hub_replies"]?.AsArray() ?? [item["daemon_sends"]!.DeepClone()])
        {
            await hub.SendJson(WithId(reply!["json"]!, id));
        }

        if ((string?)item["result"] is { } result && result.StartsWith("error ", StringComparison.Ordinal))
        {
            var exception = await Assert.ThrowsAsync<RequestException>(() => call.Within());
            Assert.Equal(result, $"error \"{exception.Message}\"");
        }
        else
        {
            JsonAssert.Equal(WithId((item["hub_replies"]?[0] ?? item["daemon_sends"])!["json"]!, id), JsonNode.Parse((await call.Within()).ToString()));
        }
    }

    [Fact]
    public async Task Changefeed_AndItsCancellation_AsCaptured()
    {
        var item = Case("changefeed");
        using var hub = await ConnectedHub();
        var feed = _host.Hubs.Changefeed(Wire(item["daemon_sends"]!["json"]!["query"]!), default).GetAsyncEnumerator();
        var next = feed.MoveNextAsync().AsTask();
        var id = await AssertSent(hub, item);
        foreach (var reply in item["hub_replies"]!.AsArray())
        {
            var message = WithId(reply!["json"]!, id);
            await hub.SendJson(message);
            Assert.True(await next.Within());
            JsonAssert.Equal(message, JsonNode.Parse(feed.Current.ToString()));
            next = feed.MoveNextAsync().AsTask();
        }

        await hub.SendJson(new JsonObject { ["action"] = "delete", ["id"] = id, ["multi_response"] = true });
        Assert.True(await next.Within());
        await feed.DisposeAsync();
        var cancel = Case("cancel changefeed");
        Assert.Equal(id, await AssertSent(hub, cancel));
        await hub.SendJson(WithId(cancel["hub_replies"]![0]!["json"]!, id));
        await hub.AssertAlive();
    }

    [Theory]
    [MemberData(nameof(Blobs))]
    public async Task SaveBlob_AsCaptured(string name)
    {
        var item = Case(name);
        using var hub = await ConnectedHub();
        var content = Convert.FromHexString((string)item["daemon_sends"]!["data_hex"]!);
        var first = _host.Hubs.SaveBlob(content, default);
        var expected = (string)item["daemon_sends"]!["hex"]!;
        Assert.Equal(expected, Convert.ToHexStringLower(await hub.Receive(expected.Length / 2)));

        // Who saves the same content meanwhile gets the same answer, and it may come on any connection.
        var second = _host.Hubs.SaveBlob(content, default);
        Assert.Equal(expected, Convert.ToHexStringLower(await hub.Receive(expected.Length / 2)));
        using var other = await ConnectedHub();
        await other.SendJson(item["hub_replies"]![0]!["json"]!.DeepClone());
        foreach (var call in new[] { first, second })
        {
            if ((string)item["result"]! == "success")
            {
                Assert.Equal((string)item["daemon_sends"]!["uuid"]!, await call.Within());
            }
            else
            {
                var exception = await Assert.ThrowsAsync<RequestException>(() => call.Within());
                Assert.Equal((string)item["result"]!, $"error \"{exception.Message}\"");
            }
        }
    }

    [Fact]
    public void EveryCapturedCase_HasATestHere()
    {
        string[] tested = [.. Queries, .. Blobs, "changefeed", "cancel changefeed"];
        Assert.Equal(
            Cases.EnumerateArray().Select(item => item.GetProperty("name").GetString()!).Order(),
            tested.Order());
    }

    [Fact]
    public async Task WithoutAHub_CallsFailAtOnce()
    {
        using var silent = await HubClient.Unlock(_host);
        Assert.False(_host.Hubs.IsConnected);
        Assert.Equal("no hub socket available", (await Assert.ThrowsAsync<RequestException>(() => _host.Hubs.Query(Query, null, default))).Message);
        Assert.Equal(
            "no hub socket available",
            (await Assert.ThrowsAsync<RequestException>(() => _host.Hubs.Changefeed(Query, default).GetAsyncEnumerator().MoveNextAsync().AsTask())).Message);
        Assert.Equal(
            "no global hubs are connected to the local hub, so nowhere to send file",
            (await Assert.ThrowsAsync<RequestException>(() => _host.Hubs.SaveBlob(new byte[1], default))).Message);
    }

    [Fact]
    public async Task Connected_ChangesWithTheFirstAndTheLastActiveHub()
    {
        var changes = new List<bool>();
        _host.Hubs.ConnectedChanged += changes.Add;
        var first = await ConnectedHub();
        var second = await ConnectedHub();
        first.Dispose();
        await second.AssertAlive();
        Assert.True(_host.Hubs.IsConnected);
        second.Dispose();
        await Bounded.Until(() => !_host.Hubs.IsConnected, "no hub is connected");
        await Bounded.Until(() => changes.Count == 2, "both changes are reported");
        Assert.Equal([true, false], changes);
    }

    [Fact]
    public async Task Query_WithOptions_SendsThem()
    {
        using var hub = await ConnectedHub();
        var call = _host.Hubs.Query(Query, new WireValue.Items([new WireObject { ["set"] = true }.Build()]), default);
        var sent = await hub.ReceiveJson();
        Assert.Equal("[{\"set\":true}]", sent["options"]!.ToJsonString());
        await hub.SendJson(new JsonObject { ["event"] = "error", ["id"] = (string)sent["id"]! });
        Assert.Equal("error", (await Assert.ThrowsAsync<RequestException>(() => call.Within())).Message);
    }

    [Fact]
    public async Task Query_WithoutAnAnswer_TimesOutAndTheLateAnswerIsDropped()
    {
        using var hub = await ConnectedHub();
        var call = _host.Hubs.Query(Query, null, default);
        var sent = await hub.ReceiveJson();
        await Advance(CallTimeout - TimeSpan.FromSeconds(1), hub);
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("timeout after 30s", (await Assert.ThrowsAsync<RequestException>(() => call.Within())).Message);
        await hub.SendJson(new JsonObject { ["event"] = "unheard-of", ["id"] = (string)sent["id"]! });
        await hub.AssertAlive();
    }

    [Fact]
    public async Task SaveBlob_WithoutAnAnswer_TimesOut()
    {
        using var hub = await ConnectedHub();
        var first = _host.Hubs.SaveBlob(new byte[1], default);
        await hub.ReceiveFrame();
        await Advance(CallTimeout / 2, hub);
        var second = _host.Hubs.SaveBlob(new byte[1], default);
        var (_, payload) = await hub.ReceiveFrame();
        _time.Advance(CallTimeout / 2);
        Assert.Equal("timed out after local hub waited for 30 seconds", (await Assert.ThrowsAsync<RequestException>(() => first.Within())).Message);

        // Who came later has time left, and is still answered.
        await hub.SendJson(new JsonObject { ["event"] = "save_blob", ["sha1"] = Encoding.ASCII.GetString(payload[..36]) });
        Assert.Equal(Encoding.ASCII.GetString(payload[..36]), await second.Within());
    }

    [Fact]
    public async Task ConnectionThatEnds_FailsItsCalls()
    {
        var hub = await ConnectedHub();
        var query = _host.Hubs.Query(Query, null, default);
        var feed = _host.Hubs.Changefeed(Query, default).GetAsyncEnumerator();
        var next = feed.MoveNextAsync().AsTask();
        await hub.ReceiveJson();
        var sent = await hub.ReceiveJson();
        await hub.SendJson(new JsonObject { ["id"] = (string)sent["id"]!, ["multi_response"] = true });
        Assert.True(await next.Within());
        next = feed.MoveNextAsync().AsTask();
        hub.Dispose();
        Assert.Equal("socket closed", (await Assert.ThrowsAsync<RequestException>(() => query.Within())).Message);
        Assert.Equal("socket closed", (await Assert.ThrowsAsync<RequestException>(() => next.Within())).Message);
    }

    [Fact]
    public async Task Changefeed_EndsByAnErrorOfTheHub()
    {
        using var hub = await ConnectedHub();
        var feed = _host.Hubs.Changefeed(Query, default).GetAsyncEnumerator();
        var next = feed.MoveNextAsync().AsTask();
        var id = (string)(await hub.ReceiveJson())["id"]!;
        await hub.SendJson(new JsonObject { ["id"] = id, ["multi_response"] = true });
        Assert.True(await next.Within());
        await hub.SendJson(new JsonObject { ["event"] = "error", ["error"] = "close", ["id"] = id });
        Assert.Equal("close", (await Assert.ThrowsAsync<RequestException>(() => feed.MoveNextAsync().AsTask().Within())).Message);
        await hub.AssertAlive();
    }

    [Fact]
    public async Task Changefeed_WhoseAnswerIsTheOnlyOne_Ends()
    {
        using var hub = await ConnectedHub();
        var feed = _host.Hubs.Changefeed(Query, default).GetAsyncEnumerator();
        var next = feed.MoveNextAsync().AsTask();
        var id = (string)(await hub.ReceiveJson())["id"]!;
        await hub.SendJson(new JsonObject { ["id"] = id });
        Assert.True(await next.Within());
        await Assert.ThrowsAsync<RequestException>(() => feed.MoveNextAsync().AsTask().Within());
    }

    private static JsonObject Case(string name) =>
        JsonNode.Parse(Cases.EnumerateArray().Single(item => item.GetProperty("name").GetString() == name).GetRawText())!.AsObject();

    private static WireValue Wire(JsonNode json)
    {
        Assert.True(WireJson.TryParse(Encoding.UTF8.GetBytes(json.ToJsonString()), out var value));
        return value;
    }

    private static JsonObject WithId(JsonNode message, string id)
    {
        var copy = message.DeepClone().AsObject();
        copy["id"] = id;
        return copy;
    }

    /// <summary>The daemon sends the captured frame, byte for byte but for the id, which is the result.</summary>
    private static async Task<string> AssertSent(HubClient hub, JsonObject item)
    {
        var expected = Encoding.UTF8.GetString(Convert.FromHexString((string)item["daemon_sends"]!["hex"]!)[5..]);
        var (type, payload) = await hub.ReceiveFrame();
        var id = (string)JsonNode.Parse(payload)!["id"]!;
        Assert.Equal('j', type);
        Assert.Equal(expected.Replace((string)item["daemon_sends"]!["json"]!["id"]!, id, StringComparison.Ordinal), Encoding.UTF8.GetString(payload));
        return id;
    }

    private async Task<HubClient> ConnectedHub()
    {
        var hub = await HubClient.Unlock(_host);
        await hub.AssertAlive();
        return hub;
    }

    private async Task Advance(TimeSpan by, HubClient hub)
    {
        await hub.SendJson(new JsonObject { ["event"] = "heartbeat" });
        await hub.AssertAlive();
        _time.Advance(by);
    }
}
