using System.Text;
using System.Text.Json.Nodes;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Hub;

/// <summary>Times and bounds of hub connections (spec 02 §1, §2, §11).</summary>
public sealed class HubConnectionTests
{
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public Task HelloWithoutHeartbeat_IsClosedAfter45Seconds() => WithHost(async host =>
    {
        using var hub = await HubClient.Unlock(host);
        await hub.Call(new JsonObject { ["event"] = "hello" });
        _time.Advance(TimeSpan.FromSeconds(44.9));
        await hub.AssertAlive();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Empty(await hub.ReceiveToEnd());
    });

    [Fact]
    public Task HeartbeatsEvery30Seconds_KeepTheConnection() => WithHost(async host =>
    {
        using var hub = await HubClient.Unlock(host);
        for (var i = 0; i < 10; i++)
        {
            await hub.SendJson(new JsonObject { ["event"] = "heartbeat" });
            await hub.AssertAlive();
            _time.Advance(TimeSpan.FromSeconds(30));
        }

        await hub.AssertAlive();
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Empty(await hub.ReceiveToEnd());
    });

    [Fact]
    public Task OtherTraffic_IsNoHeartbeat() => WithHost(async host =>
    {
        using var hub = await HubClient.Unlock(host);
        for (var i = 0; i < 44; i++)
        {
            await hub.AssertAlive();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await hub.AssertAlive();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(await hub.ReceiveToEnd());
    });

    [Fact]
    public Task AHeartbeatYoungerThan45Seconds_IsGoodUntilTheNextCheck() => WithHost(async host =>
    {
        using var hub = await HubClient.Unlock(host);
        await hub.AssertAlive();
        _time.Advance(TimeSpan.FromSeconds(1));
        await hub.SendJson(new JsonObject { ["event"] = "heartbeat" });
        await hub.AssertAlive();
        _time.Advance(TimeSpan.FromSeconds(88.9));
        await hub.AssertAlive();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Empty(await hub.ReceiveToEnd());
    });

    [Fact]
    public Task SilentConnection_IsCheckedAsWell() => WithHost(async host =>
    {
        var timers = _time.TimerCount;
        using var hub = await HubClient.Unlock(host);
        await Bounded.Until(() => _time.TimerCount == timers + 1, "the session checks heartbeats, the unlock deadline is off");
        _time.Advance(TimeSpan.FromSeconds(45));
        Assert.Empty(await hub.ReceiveToEnd());
    });

    [Fact]
    public Task UnlockDeadline_ClosesWithoutAWord() => WithHost(async host =>
    {
        var timers = _time.TimerCount;
        using var slow = await HubClient.Connect(host);
        using var slower = await HubClient.Connect(host);
        await Bounded.Until(() => _time.TimerCount == timers + 2, "both deadlines run");
        var token = Encoding.ASCII.GetBytes(ProjectHost.Token);
        await slow.Send(token[..10]);
        await slower.Send(token[..10]);
        _time.Advance(TimeSpan.FromSeconds(9.9));
        await slow.Send(token[10..]);
        Assert.Equal("y"u8.ToArray(), await slow.Receive(1));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Empty(await slower.ReceiveToEnd());
        await slow.AssertAlive();
    });

    [Fact]
    public void LockedConnections_BeyondTheLimit_TheOldestIsClosed()
    {
        var closed = new List<int>();
        var locked = new LockedConnections(2);
        var places = Enumerable.Range(0, 3).Select(i => locked.Enter(() => closed.Add(i))).ToList();
        Assert.Equal([0], closed);
        locked.Leave(places[0]);
        locked.Leave(places[1]);
        places.Add(locked.Enter(() => closed.Add(3)));
        Assert.Equal([0], closed);
        locked.Enter(() => closed.Add(4));
        Assert.Equal([0, 2], closed);
    }

    [Fact]
    public Task LockedConnections_NeverKeepAHubOut() => WithHost(
        async host =>
        {
            var silent = new List<HubClient>();
            for (var i = 0; i < 20; i++)
            {
                silent.Add(await HubClient.Connect(host));
            }

            // Until then the last of them may come in after the hub, on threads that were held up, and with room for two make the hub the oldest.
            var open = silent.Select(client => client.ReceiveToEnd()).ToList();
            while (open.Count > 2)
            {
                await OneIsClosed();
            }

            using var hub = await HubClient.Unlock(host);
            await OneIsClosed();
            await hub.AssertAlive();
            silent.ForEach(client => client.Dispose());

            async Task OneIsClosed()
            {
                var closed = await Task.WhenAny(open).Within();
                Assert.Empty(await closed);
                open.Remove(closed);
            }
        },
        options => options.MaxLockedConnections = 2);

    [Fact]
    public Task RequestsInFlight_BeyondTheLimit_AreRefusedAndPingsAreNot() => WithHost(
        async host =>
        {
            using var hub = await HubClient.Unlock(host);
            var wait = new JsonObject { ["event"] = "project_exec", ["command"] = "while [ ! -e go ]; do sleep 0.01; done; echo went", ["timeout"] = 0 };
            foreach (var id in new[] { "1", "2", "3" })
            {
                wait["id"] = id;
                await hub.SendJson(wait);
            }

            var refused = await hub.ReceiveJson();
            Assert.Equal("3", (string?)refused["id"]);
            Assert.Equal("Error: too many requests in flight (at most 2)", (string?)refused["error"]);
            await hub.AssertAlive();

            await File.WriteAllTextAsync(Path.Combine(host.Home, "go"), "");
            var answers = new[] { await hub.ReceiveJson(), await hub.ReceiveJson() };
            Assert.Equal(["1", "2"], answers.Select(answer => (string?)answer["id"]).Order());
            Assert.All(answers, answer => Assert.Equal("went\n", (string?)answer["stdout"]));
            wait["id"] = "4";
            Assert.Equal("4", (string?)(await hub.Call(wait))["id"]);
        },
        options => options.MaxRequestsInFlight = 2);

    [Fact]
    public Task AnswersThatPileUp_CloseTheirConnectionOnly() => WithHost(
        async host =>
        {
            using var hub = await HubClient.Unlock(host);
            using var lazy = await HubClient.Unlock(host);
            await Assert.ThrowsAsync<IOException>(() => SendPings(lazy, 1_000_000, count: 100));
            await hub.AssertAlive();
        },
        options => options.MaxOutgoingBytes = 1_500_000);

    [Fact]
    public Task OneAnswerBeyondTheOutgoingBound_IsLetThrough() => WithHost(
        async host =>
        {
            using var hub = await HubClient.Unlock(host);
            var id = new string('x', 100_000);
            Assert.Equal(id, (string?)(await hub.Call(new JsonObject { ["event"] = "ping", ["id"] = id }))["id"]);
            await hub.AssertAlive();
        },
        options => options.MaxOutgoingBytes = 1_000);

    [Fact]
    public Task HubThatReadsNothing_IsClosedAfter30Seconds() => WithHost(
        async host =>
        {
            using var lazy = await HubClient.Unlock(host);
            await SendPings(lazy, 1_000_000, count: 40);
            await Bounded.Until(
                () =>
                {
                    _time.Advance(TimeSpan.FromSeconds(1));
                    return !host.Hubs.IsConnected;
                },
                "the hub that reads nothing is closed");
        },
        options => options.HeartbeatCheckInterval = Never);

    [Fact]
    public Task FrameTooLong_ClosesTheConnection() => WithHost(
        async host =>
        {
            using var hub = await HubClient.Unlock(host);
            using var other = await HubClient.Unlock(host);
            await hub.Send(HubClient.Frame('j', new byte[1000]));
            Assert.Empty(await hub.ReceiveToEnd());
            await other.AssertAlive();
        },
        options => options.MaxFrameBytes = 1000);

    private static async Task SendPings(HubClient hub, int bytes, int count)
    {
        var ping = new JsonObject { ["event"] = "ping", ["id"] = new string('x', bytes) };
        for (var i = 0; i < count; i++)
        {
            await hub.SendJson(ping);
        }
    }

    private async Task WithHost(Func<ProjectHost, Task> test, Action<HubGatewayOptions>? configure = null)
    {
        var host = new ProjectHost(_time, configure);
        await host.InitializeAsync();
        try
        {
            await test(host);
        }
        finally
        {
            await host.DisposeAsync();
        }
    }
}
