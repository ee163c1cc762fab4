using System.Text.Json.Nodes;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Client;

/// <summary>The client against the real socket.io.</summary>
public sealed class NodeBrokerTests
{
    [Fact]
    public async Task Handshake_IsThatOfTheSpecification()
    {
        await using var broker = await NodeBroker.StartAsync();
        await using var client = broker.NewClient(
            new ConatClientOptions { InboxPrefix = ConatNames.ProjectInbox("p") }, () => new(ConatNames.ProjectCookie("/", "p", "secret\n")));
        await client.ConnectAsync().Within();
        Assert.Equal(ConatState.SignedIn, client.State);
        Assert.Equal(8_000_000, client.Info!.MaxPayload);
        var upgrade = await broker.NextAsync("upgrade");
        Assert.Equal("/conat/?EIO=4&transport=websocket", (string?)upgrade["url"]);
        Assert.Equal("project_secret=secret; project_id=p", (string?)upgrade["cookie"]);
        Assert.Null(upgrade["extensions"]);
        Assert.Equal("[]", (await broker.NextAsync("info-ack"))["args"]!.ToJsonString());
        Assert.Equal("{\"recv0\":{\"messages\":0,\"bytes\":0}}", (await broker.NextAsync("stats"))["stats"]!.ToJsonString());
        var inbox = (await broker.NextAsync("subscribe"))["argument"]!;
        Assert.Matches(@"^_INBOX\.project-p\.[0-9a-zA-Z]{10}\.\*$", (string?)inbox["subject"]);
        await client.DisposeAsync();
        Assert.Equal("client namespace disconnect", (string?)(await broker.NextAsync("disconnect"))["reason"]);
    }

    [Fact]
    public async Task MessagesAndRequests_Arrive()
    {
        // Chunks of 1000 bytes.
        await using var broker = await NodeBroker.StartAsync(new JsonObject { ["maxPayload"] = 101_000 });
        await using var client = broker.NewClient();
        await using var other = broker.NewClient();
        await Task.WhenAll(client.ConnectAsync(), other.ConnectAsync()).Within();
        using var subscription = await client.SubscribeAsync("foo.*").Within();
        var headers = new WireObject { ["k"] = "v" }.Build();
        Assert.Equal(new PublishResult(3, 1), await other.PublishAsync("foo.a", "hi", new PublishOptions { Headers = headers }).Within());
        var message = (await subscription.ReadAsync().AsTask().Within())!;
        Assert.Equal(("foo.a", "hi", "{\"k\":\"v\"}"), (message.Subject, message.Data.AsText(), message.Headers!.ToString()));

        var large = new byte[12_345];
        Random.Shared.NextBytes(large);
        Assert.Equal(1, (await other.PublishAsync("foo.b", new WireValue.Bytes(large))).Count);
        Assert.True(Assert.IsType<WireValue.Bytes>((await subscription.ReadAsync().AsTask().Within())!.Data).Value.Span.SequenceEqual(large));

        await using var service = await client.ServiceAsync("arith.*", Arithmetic).Within();
        Assert.Equal(5d, (await other.CallAsync("arith.one", "add", [2, 3]).Within()).AsNumber());
        Assert.Equal("arith.one", (await other.CallAsync("arith.one", "subject", []).Within()).AsText());
        Assert.Equal("Error: nope not defined", (await Assert.ThrowsAsync<ConatException>(() => other.CallAsync("arith.one", "nope", []).Within())).Message);
        var nobody = await Assert.ThrowsAsync<ConatException>(() => other.RequestAsync("nobody.home", 1).Within());
        Assert.Equal(("request -- no subscribers matching 'nobody.home'", "503"), (nobody.Message, nobody.Code));
    }

    [Fact]
    public async Task Denial_Is403AndRemembered()
    {
        await using var broker = await NodeBroker.StartAsync();
        await using var client = broker.NewClient();
        await client.ConnectAsync().Within();
        var first = await Assert.ThrowsAsync<ConatException>(() => client.PublishAsync("secret.x", 1).Within());
        Assert.Equal(("Error: permission denied publishing to 'secret.x' from {}", "403"), (first.Message, first.Code));
        var second = await Assert.ThrowsAsync<ConatException>(() => client.PublishAsync("secret.x", 1).Within());
        Assert.Equal(("permission denied publishing to 'secret.x' from {}", "403"), (second.Message, second.Code));
        var third = await Assert.ThrowsAsync<ConatException>(() => client.SubscribeAsync("secret.y").Within());
        Assert.Equal("403", third.Code);
        await Bounded.Until(() => broker.Count("unsubscribe") == 1, "the closed subscription is unsubscribed");
    }

    [Fact]
    public async Task Interest_IsWaitedFor()
    {
        await using var broker = await NodeBroker.StartAsync();
        await using var client = broker.NewClient();
        await client.ConnectAsync().Within();
        Assert.False(await client.InterestAsync("later.a").Within());
        var timeout = await Assert.ThrowsAsync<ConatException>(() => client.WaitForInterestAsync("later.a", TimeSpan.FromMilliseconds(50)).Within());
        Assert.Equal(("timeout - Error: operation has timed out", "408"), (timeout.Message, timeout.Code));
        var published = client.PublishAsync("later.a", 7, new PublishOptions { WaitForInterest = true });
        using var subscription = await client.SubscribeAsync("later.*").Within();
        Assert.Equal(1, (await published.Within()).Count);
        Assert.Equal(7d, (await subscription.ReadAsync().AsTask().Within())!.Data.AsNumber());
    }

    [Fact]
    public async Task AfterARestartOfTheBroker_SubscriptionsWorkAgain()
    {
        var broker = await NodeBroker.StartAsync();
        await using var client = broker.NewClient();
        using var early = client.Subscribe("early");
        await client.ConnectAsync().Within();
        using var subscription = await client.SubscribeAsync("foo", new SubscribeOptions { Queue = "q" }).Within();
        var port = broker.Port;
        await broker.DisposeAsync();
        await Bounded.Until(() => client.State == ConatState.Disconnected, "the loss is noticed");
        Assert.Equal(0, client.Publish("foo", "lost") - 5);

        await using var again = await NodeBroker.StartAsync(new JsonObject { ["port"] = port });
        await client.WaitUntilSignedInAsync().Within();
        Assert.True(await client.WaitForInterestAsync("foo").Within());
        Assert.Equal(1, (await client.PublishAsync("foo", "again").Within()).Count);
        Assert.Equal("again", (await subscription.ReadAsync().AsTask().Within())!.Data.AsText());
        Assert.Equal(1, (await client.PublishAsync("early", "e").Within()).Count);
        Assert.Equal("e", (await early.ReadAsync().AsTask().Within())!.Data.AsText());
        var subscribed = again.Happened.Where(happened => (string?)happened["got"] == "subscribe").ToList();
        Assert.Contains("{\"subject\":\"foo\",\"queue\":\"q\"}", Assert.Single(subscribed)["argument"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASilentBroker_IsLeftAndFoundAgain()
    {
        await using var broker = await NodeBroker.StartAsync(new JsonObject { ["pingInterval"] = 200, ["pingTimeout"] = 300 });
        await using var client = broker.NewClient();
        await client.ConnectAsync().Within();
        // Longer than several heartbeats: it only lives because pongs are sent.
        await Task.Delay(900);
        Assert.Equal(1, client.Statistics.Connections);
        await broker.CommandAsync("freeze 1500");
        await Bounded.Until(() => client.State == ConatState.Disconnected, "the ping timeout");
        await client.WaitUntilSignedInAsync().Within();
        Assert.InRange(client.Statistics.Connections, 2, 10);
    }

    [Fact]
    public async Task ABrokerThatDisconnectsUs_IsFoundAgain()
    {
        await using var broker = await NodeBroker.StartAsync();
        await using var client = broker.NewClient();
        await client.ConnectAsync().Within();
        await broker.CommandAsync("drop");
        await Bounded.Until(() => client.Statistics.Connections == 2, "the second connection");
        await client.WaitUntilSignedInAsync().Within();
    }

    [Fact]
    public async Task ARefusal_IsTriedAgainWithTheNewToken()
    {
        await using var broker = await NodeBroker.StartAsync(new JsonObject { ["refuse"] = "invalid secret token for project" });
        var tokens = 0;
        await using var client = broker.NewClient(
            new ConatClientOptions { FirstRefusedDelay = TimeSpan.FromMilliseconds(40) }, () => new($"project_secret=t{Interlocked.Increment(ref tokens)}"));
        client.Start();
        await Bounded.Until(() => broker.Count("upgrade") >= 3, "further tries");
        Assert.NotEqual(ConatState.SignedIn, client.State);
        Assert.Equal("Error: invalid secret token for project", client.Info!.Refusal!.Message);
        Assert.Equal(
            ["project_secret=t1", "project_secret=t2", "project_secret=t3"],
            broker.Happened.Where(happened => (string?)happened["got"] == "upgrade").Take(3).Select(happened => (string)happened["cookie"]!));
    }

    private static Dictionary<string, ConatMethod> Arithmetic => new()
    {
        ["add"] = (call, _) => new((WireValue)(call[0].AsNumber()!.Value + call[1].AsNumber()!.Value)),
        ["subject"] = (call, _) => new((WireValue)call.Message.Subject),
    };
}
