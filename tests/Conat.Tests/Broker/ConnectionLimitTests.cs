using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace ProjectSilo.Tests.Broker;

/// <summary>Connections: how many, how long they may be silent, and what comes before the handshake (spec 05 §1.3, §1.4, §2.2, §9).</summary>
public sealed class ConnectionLimitTests
{
    private const string Advice = "   Please close browser tabs or files or come back later.";

    [Fact]
    public async Task ConnectionsOfOneUser_AreLimited()
    {
        await using var host = await BrokerHost.StartAsync(options => options.MaxConnectionsPerUser = 2);
        using var first = await host.ConnectAsync();
        using var second = await host.ConnectAsync();
        Assert.Equal($"Error: There is a per user limit of 2 connections to CoCalc.{Advice}", await RefusalAsync(host, BrokerHost.ProjectCookies));
        using var hub = await host.ConnectAsync(BrokerHost.HubCookies);

        // A place that somebody leaves is free again.
        first.Dispose();
        await Bounded.Until(() => host.Broker.Statistics.Count() == 2, "the first is counted out");
        using var third = await host.ConnectAsync();
    }

    [Fact]
    public async Task ConnectionsInAll_AreLimited()
    {
        await using var host = await BrokerHost.StartAsync(options => options.MaxConnections = 1);
        using var first = await host.ConnectAsync();
        Assert.Equal($"Error: There is a global limit of 1 connections to CoCalc.{Advice}", await RefusalAsync(host, BrokerHost.HubCookies));
        Assert.Single(host.Broker.Statistics);
    }

    [Fact]
    public void Limits_AreCoCalcs()
    {
        var options = new Conat.Server.Broker.ConatBrokerOptions();
        Assert.Equal((100, 10_000, 500, 15_000), (options.MaxConnectionsPerUser, options.MaxConnections, options.MaxSubscriptionsPerClient, options.MaxSubscriptionsPerHub));
    }

    [Fact]
    public async Task WithoutConnect_TheConnectionEnds()
    {
        await using var host = await BrokerHost.StartAsync(options => options.ConnectTimeout = TimeSpan.FromMilliseconds(100));
        using var mute = await host.OpenAsync();
        Assert.StartsWith("0{", await mute.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Equal("close 1000", await mute.ReceiveAsync());
    }

    [Fact]
    public async Task WithoutPong_TheConnectionEnds()
    {
        await using var host = await BrokerHost.StartAsync(options => (options.PingInterval, options.PingTimeout) = (TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(400)));
        using var mute = await host.ConnectAsync();
        await mute.AskAsync("420[\"subscribe\",{\"subject\":\"mine\",\"queue\":\"0\"}]");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("2", await mute.ReceiveAsync());
            await mute.SendAsync("3");
        }

        Assert.Equal("2", await mute.ReceiveAsync());
        Assert.Equal("close 1000", await mute.ReceiveAsync());
        Assert.False(host.Broker.Interest.HasInterest("mine"));
    }

    [Fact]
    public async Task Info_ComesAgainUntilItIsAcked()
    {
        var time = new FakeTimeProvider();
        await using var host = await BrokerHost.StartAsync(options => options.PingInterval = TimeSpan.FromHours(1), time: time);
        using var client = await host.OpenAsync();
        await client.ReceiveAsync();
        await client.AskAsync("40");
        foreach (var (id, pause) in ((int, double)[])[(0, 0), (1, 7500 + 6500), (2, 7500 + 8450), (3, 7500 + 10985)])
        {
            time.Advance(TimeSpan.FromMilliseconds(pause));
            Assert.StartsWith($"42{id}[\"info\",", await client.ReceiveAsync(), StringComparison.Ordinal);
        }

        await client.SendAsync("433[]");
        Assert.Equal("431[[]]", await client.AskAsync("421[\"subscriptions\",null]"));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("432[[]]", await client.AskAsync("422[\"subscriptions\",null]"));
    }

    [Theory]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0")]
    [InlineData("GET /conat/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 12\r\nSec-WebSocket-Key: x\r\n\r\n")]
    [InlineData("GET /conat/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("POST /conat/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("GET /conat/?EIO=3&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")]
    public async Task Garbage_BeforeTheHandshake_Is400AndNobodyElseNotices(string garbage)
    {
        await using var host = await BrokerHost.StartAsync();
        using var other = await host.ConnectAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, host.Address.Port);
        await tcp.GetStream().WriteAsync(Encoding.Latin1.GetBytes(garbage));
        var answer = new byte[12];
        await tcp.GetStream().ReadExactlyAsync(answer).AsTask().Within();
        Assert.Equal("HTTP/1.1 400", Encoding.Latin1.GetString(answer));
        Assert.Equal("431[[]]", await other.AskAsync("421[\"subscriptions\",null]"));
    }

    [Fact]
    public Task HalfOpenConnections_LeaveRoomForOthers() => HalfOpenAsync(300);

    [LongFact]
    public Task HalfOpenConnections_LeaveRoomForOthers_FiveThousand() => HalfOpenAsync(5_000);

    [Fact]
    public async Task WebSockets_BeyondTheLimit_Get503()
    {
        await using var host = await BrokerHost.StartAsync(options => options.MaxWebSockets = 1);
        using var first = await host.OpenAsync();
        await first.ReceiveAsync();
        await Assert.ThrowsAsync<WebSocketException>(() => host.OpenAsync());
        first.Dispose();
        await Bounded.Until(() => host.Broker.HasRoom, "the place is free");
        using var second = await host.ConnectAsync();
    }

    /// <summary>WebSockets that never say anything. Both ends are of this process: it takes two descriptors for each (<c>ulimit -n</c>).</summary>
    private static async Task HalfOpenAsync(int count)
    {
        await using var host = await BrokerHost.StartAsync(options => options.ConnectTimeout = TimeSpan.FromSeconds(30));
        var silent = new List<ClientWebSocket>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                var socket = new ClientWebSocket();
                silent.Add(socket);
                await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{host.Address.Port}/conat/?EIO=4&transport=websocket"), default).Within();
            }

            await Bounded.Until(() => host.Broker.WebSockets == count, "all are there");
            using var client = await host.ConnectAsync();
            Assert.Equal("430[[]]", await client.AskAsync("420[\"subscriptions\",null]"));
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }

        await Bounded.Until(() => host.Broker.WebSockets == 0, "all are gone");
        Assert.Empty(host.Broker.Statistics);
    }

    /// <summary>Why somebody is refused; nothing of the session is left.</summary>
    private static async Task<string> RefusalAsync(BrokerHost host, string cookies)
    {
        using var client = await host.OpenAsync(cookies);
        await client.ReceiveAsync();
        await client.AskAsync("40");
        using var info = System.Text.Json.JsonDocument.Parse((await client.ReceiveAsync())[2..]);
        var user = info.RootElement[1].GetProperty("user");
        Assert.Equal(429, user.GetProperty("code").GetInt32());
        Assert.Equal("41", await client.ReceiveAsync());
        Assert.Equal("close 1000", await client.ReceiveAsync());
        return user.GetProperty("error").GetString()!;
    }
}
