using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Tests.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Sockets;

/// <summary>The behaviour of sockets (spec 06 §6.7), over the real broker.</summary>
public sealed class ConatSocketTests : IAsyncLifetime
{
    private static readonly WireValue.Members MyHeader = new WireObject { ["my"] = "header" }.Build();

    private TestBus _bus = null!;
    private ConatClient _server = null!;
    private ConatClient _client = null!;

    public async Task InitializeAsync()
    {
        _bus = await TestBus.StartAsync();
        _server = await _bus.ConnectAsync();
        _client = await _bus.ConnectAsync();
    }

    public Task DisposeAsync() => _bus.DisposeAsync().AsTask();

    [Fact]
    public async Task WhatIsWritten_IsAnsweredInOrder()
    {
        await using var listener = await ListenAsync();
        await using var socket = _client.ConnectSocket("s");
        socket.Write("cocalc");
        Assert.Equal("cocalccocalc", await ReadTextAsync(socket));
        for (var n = 0; n < 50; n++)
        {
            socket.Write($"{n}.");
        }

        for (var n = 0; n < 50; n++)
        {
            Assert.Equal($"{n}.{n}.", await ReadTextAsync(socket));
        }

        await socket.DrainAsync().Within();
    }

    [Fact]
    public async Task AConnectFromAnIdThatListensToNothing_DelaysNobody()
    {
        await using var listener = await ListenAsync();
        var headers = new WireObject { [ConatHeaders.SocketCommand] = "connect", ["id"] = "nobody0000" }.Build();
        var nobody = _client.RequestAsync($"s.server.{listener.Id}.nobody0000", WireValue.Null, new PublishOptions { Headers = headers });
        await using var socket = _client.ConnectSocket("s");
        socket.Write("x");
        Assert.Equal("xx", await ReadTextAsync(socket));
        Assert.False(nobody.IsCompleted);
    }

    [Fact]
    public async Task TheConnectorMayComeFirst()
    {
        await using var socket = _client.ConnectSocket("s", Quick);
        socket.Write("early", MyHeader);
        var request = socket.RequestAsync("question", new PublishOptions { Headers = MyHeader });
        await Bounded.Until(() => socket.State == ConatSocketState.Disconnected, "nobody is there");
        await using var listener = await _server.ListenSocketAsync("s").Within();
        var connection = await listener.FirstAsync().AsTask().Within();
        var data = (await connection.ReadAsync().AsTask().Within())!;
        Assert.Equal(("early", "{\"my\":\"header\"}"), (data.Data.AsText(), data.Headers!.ToString()));
        var asked = await connection.ReadRequestsAsync().FirstAsync().AsTask().Within();
        Assert.Equal(("question", "header"), (asked.Data.AsText(), asked.Header("my").AsText()));
        await connection.RespondAsync(asked, "answer", new PublishOptions { Headers = MyHeader }).Within();
        var answer = await request.Within();
        Assert.Equal(("answer", "header"), (answer.Data.AsText(), answer.Header("my").AsText()));
    }

    [Fact]
    public async Task MoreThanTheQueueHolds_Fails()
    {
        await using var socket = _client.ConnectSocket("s", Quick with { MaxQueueSize = 3 });
        for (var n = 1; n <= 3; n++)
        {
            socket.Write(n);
        }

        for (var n = 4; n <= 5; n++)
        {
            var error = Assert.Throws<ConatException>(() => socket.Write(n));
            Assert.Equal(("WRITE FAILED: socket buffer size 3 exceeded", "ENOBUFS"), (error.Message, error.Code));
        }

        await using var listener = await _server.ListenSocketAsync("s").Within();
        var connection = await listener.FirstAsync().AsTask().Within();
        for (var n = 1; n <= 3; n++)
        {
            Assert.Equal(n, (await connection.ReadAsync().AsTask().Within())!.Data.AsNumber());
        }

        await socket.DrainAsync().Within();
        socket.Write(6);
        Assert.Equal(6d, (await connection.ReadAsync().AsTask().Within())!.Data.AsNumber());
        socket.Close();
        Assert.Equal(("closed", "EPIPE"), Read(Assert.Throws<ConatException>(() => socket.Write(7))));
    }

    [Fact]
    public async Task TheListenersQueue_IsBoundedToo()
    {
        var up = _bus.NewTransport();
        var client = await _bus.ConnectAsync(up);
        await using var listener = await _server.ListenSocketAsync("s", Quick with { MaxQueueSize = 3 }).Within();
        await using var socket = client.ConnectSocket("s", Quick);
        var connection = await listener.FirstAsync().AsTask().Within();
        up.IsUp = false;
        await up.DropAsync();
        for (var n = 1; n <= 3; n++)
        {
            connection.Write(n);
        }

        Assert.Equal(("WRITE FAILED: socket buffer size 3 exceeded", "ENOBUFS"), Read(Assert.Throws<ConatException>(() => connection.Write(4))));
        Assert.Same(connection, Assert.Single(listener.Write(4)));
        var waiting = connection.WriteAsync(4);
        Assert.False(waiting.IsCompleted);
        up.IsUp = true;
        for (var n = 1; n <= 4; n++)
        {
            Assert.Equal(n, (await socket.ReadAsync().AsTask().Within())!.Data.AsNumber());
        }

        await waiting.Within();
        await connection.DrainAsync().Within();
        connection.Write(5);
        Assert.Equal(5d, (await socket.ReadAsync().AsTask().Within())!.Data.AsNumber());
    }

    [Fact]
    public async Task AReaderThatDoesntRead_FillsTheWritersQueue()
    {
        await using var listener = await _server.ListenSocketAsync("s", new ConatSocketOptions { MaxUnreadMessages = 5 }).Within();
        await using var socket = _client.ConnectSocket("s", Quick with { MaxQueueSize = 10 });
        var connection = await listener.FirstAsync().AsTask().Within();
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (; written < 100; Interlocked.Increment(ref written))
            {
                await socket.WriteAsync(written);
            }
        });
        await Bounded.Until(() => Volatile.Read(ref written) == 15, "5 unread and 10 unacknowledged");
        for (var n = 0; n < 100; n++)
        {
            Assert.Equal(n, (await connection.ReadAsync().AsTask().Within())!.Data.AsNumber());
        }

        await writing.Within();
        await socket.DrainAsync().Within();
    }

    [Fact]
    public async Task TwoConnectors_AreIndependentAndBroadcastReachesBoth()
    {
        await using var listener = await _server.ListenSocketAsync("s").Within();
        await using var one = _client.ConnectSocket("s");
        await using var two = _client.ConnectSocket("s");
        var connections = await listener.Take(2).ToListAsync().AsTask().Within();
        one.Write("1");
        two.Write("2");
        Assert.Equal("1", await ReadTextAsync(connections.Single(connection => connection.Id == one.Id)));
        Assert.Equal("2", await ReadTextAsync(connections.Single(connection => connection.Id == two.Id)));
        Assert.Empty(listener.Write("all", MyHeader));
        foreach (var socket in (ConatSocketConnector[])[one, two])
        {
            var message = (await socket.ReadAsync().AsTask().Within())!;
            Assert.Equal(("all", "header"), (message.Data.AsText(), message.Header("my").AsText()));
        }

        var answering = Task.Run(async () =>
        {
            var request = await one.ReadRequestsAsync().FirstAsync();
            await one.RespondAsync(request, "one");
        });
        var all = await listener.RequestAllAsync("who", new PublishOptions { Timeout = TimeSpan.FromMilliseconds(300) }).Within();
        await answering.Within();
        Assert.Equal("one", all.Single(reply => reply.Connection.Id == one.Id).Message!.Data.AsText());
        Assert.Equal("408", all.Single(reply => reply.Connection.Id == two.Id).Error!.Code);

        var race = listener.RequestAnyAsync("race");
        var asked = await one.ReadRequestsAsync().FirstAsync().AsTask().Within();
        await one.RespondAsync(asked, "first").Within();
        Assert.Equal("first", (await race.Within()).Message!.Data.AsText());
    }

    [Fact]
    public async Task ACloseByTheConnector_EndsTheListenersEnd()
    {
        await using var listener = await _server.ListenSocketAsync("s").Within();
        var socket = _client.ConnectSocket("s");
        var connection = await listener.FirstAsync().AsTask().Within();
        Assert.Single(listener.Connections);
        socket.Write("last");
        await socket.DrainAsync().Within();
        await socket.DisposeAsync().AsTask().Within();
        await connection.Completion.Within();
        Assert.Empty(listener.Connections);
        Assert.Equal("last", await ReadTextAsync(connection));
        Assert.Null(await connection.ReadAsync().AsTask().Within());
        Assert.Equal("EPIPE", Assert.Throws<ConatException>(() => connection.Write(1)).Code);
    }

    [Fact]
    public async Task ACloseByTheListener_EndsTheConnector()
    {
        var listener = await _server.ListenSocketAsync("s").Within();
        await using var socket = _client.ConnectSocket("s");
        var connection = await listener.FirstAsync().AsTask().Within();
        await using var other = _client.ConnectSocket("s");
        await listener.FirstAsync().AsTask().Within();
        connection.Close();
        await socket.Completion.Within();
        Assert.Equal(ConatSocketState.Closed, socket.State);
        Assert.NotEqual(ConatSocketState.Closed, other.State);
        await listener.DisposeAsync().AsTask().Within();
        await other.Completion.Within();
        Assert.False(await _client.InterestAsync("s.server.status").Within());
    }

    [Fact]
    public async Task AConnector_KeepsToItsListener()
    {
        await using var one = await ListenAsync("s", "1");
        await using var two = await ListenAsync("s", "2");
        var transport = _bus.NewTransport();
        var client = await _bus.ConnectAsync(transport);
        await using var socket = client.ConnectSocket("s", Quick);
        var id = await WhoAsync(socket);
        await using var three = await ListenAsync("s", "3");
        for (var n = 0; n < 5; n++)
        {
            Assert.Equal(id, await WhoAsync(socket));
            Assert.Equal(id, (await socket.RequestAsync("who").Within()).Data.AsText());
            // Whichever listener answers the status request first: only that one knows the numbers.
            await transport.DropAsync();
        }

        Assert.Equal(id, await WhoAsync(socket));
        await new[] { one, two, three }.Single(listener => listener.Id == id).DisposeAsync().AsTask().Within();
        await socket.Completion.Within();
    }

    [Fact]
    public async Task AWildcardListener_SeesWhoConnects()
    {
        await using var listener = await _server.ListenSocketAsync("changefeeds.*").Within();
        await using var socket = _client.ConnectSocket("changefeeds.account-5077");
        var connection = await listener.FirstAsync().AsTask().Within();
        Assert.Equal("changefeeds.account-5077", connection.Subject);
        connection.Write("hi");
        Assert.Equal("hi", await ReadTextAsync(socket));
    }

    [Fact]
    public async Task Disconnect_PassesAllStatesAndLosesNothing()
    {
        await using var listener = await ListenAsync();
        await using var socket = _client.ConnectSocket("s", Quick);
        Assert.Equal("11", await EchoAsync(socket, "1"));
        var states = new List<ConatSocketState>();
        socket.StateChanged += states.Add;
        socket.Disconnect();
        await Bounded.Until(() => states.Contains(ConatSocketState.Disconnected), "it is disconnected");
        socket.Write("2");
        Assert.Equal("22", await ReadTextAsync(socket));
        Assert.Equal([ConatSocketState.Disconnected, ConatSocketState.Connecting, ConatSocketState.Ready], states);
    }

    [Fact]
    public async Task WithoutReconnection_ItWaitsForTheHand()
    {
        await using var listener = await ListenAsync();
        await using var socket = _client.ConnectSocket("s", Quick with { Reconnection = false });
        Assert.Equal("11", await EchoAsync(socket, "1"));
        socket.Disconnect();
        await Bounded.Until(() => socket.State == ConatSocketState.Disconnected, "it is disconnected");
        socket.Write("2");
        await Task.Delay(Quick.ReconnectDelay * 5);
        Assert.Equal(ConatSocketState.Disconnected, socket.State);
        socket.Connect();
        Assert.Equal("22", await ReadTextAsync(socket));
    }

    [Fact]
    public async Task AConnectorThatIsGone_IsNoticed()
    {
        var transport = _bus.NewTransport();
        var client = await _bus.ConnectAsync(transport);
        var keepAlive = Quick with { KeepAlive = TimeSpan.FromMilliseconds(100), KeepAliveTimeout = TimeSpan.FromMilliseconds(50) };
        await using var listener = await _server.ListenSocketAsync("s", keepAlive).Within();
        await using var socket = client.ConnectSocket("s", Quick);
        var connection = await listener.FirstAsync().AsTask().Within();
        transport.IsUp = false;
        await transport.DropAsync();
        await connection.Completion.Within();
        Assert.Empty(listener.Connections);
    }

    [Fact]
    public async Task AListenerThatIsGone_IsNoticed()
    {
        var transport = _bus.NewTransport();
        var server = await _bus.ConnectAsync(transport);
        var keepAlive = Quick with { KeepAlive = TimeSpan.FromMilliseconds(100), KeepAliveTimeout = TimeSpan.FromMilliseconds(50) };
        await using var listener = await server.ListenSocketAsync("s").Within();
        await using var socket = _client.ConnectSocket("s", keepAlive with { Reconnection = false });
        await listener.FirstAsync().AsTask().Within();
        transport.IsUp = false;
        await transport.DropAsync();
        await Bounded.Until(() => socket.State == ConatSocketState.Disconnected, "the ping fails");
    }

    [Fact]
    public async Task AListenerThatIsNew_ClosesOldSockets()
    {
        var transport = _bus.NewTransport();
        await using var old = await DoublingListener.StartAsync(await _bus.ConnectAsync(transport), "s", Quick);
        await using var socket = _client.ConnectSocket("s", Quick);
        Assert.Equal("11", await EchoAsync(socket, "1"));
        // As if it had been killed.
        transport.IsUp = false;
        await transport.DropAsync();
        await using var another = await ListenAsync("s", "new");
        socket.Disconnect();
        await socket.Completion.Within();
        await using var fresh = _client.ConnectSocket("s", Quick);
        Assert.Equal("11", await EchoAsync(fresh, "1"));
    }

    [Fact]
    public async Task Channels_AreSocketsOfTheirOwn()
    {
        await using var listener = await _server.ListenSocketAsync("s").Within();
        await using var channelListener = listener.Channel("one");
        await using var socket = _client.ConnectSocket("s", Quick);
        await using var channel = socket.Channel("one");
        Assert.Equal("s.one", channel.Subject);
        var connection = await channelListener.FirstAsync().AsTask().Within();
        channel.Write("q");
        Assert.Equal("q", await ReadTextAsync(connection));
        socket.Close();
        connection.Write("1q");
        Assert.Equal("1q", await ReadTextAsync(channel));
    }

    [Fact]
    public async Task AFullListener_Refuses()
    {
        await using var listener = await _server.ListenSocketAsync("s", new ConatSocketOptions { MaxConnections = 1 }).Within();
        await using var first = _client.ConnectSocket("s", Quick);
        var connection = await listener.FirstAsync().AsTask().Within();
        await using var second = _client.ConnectSocket("s", Quick);
        await Bounded.Until(() => second.State == ConatSocketState.Disconnected, "the refusal");
        connection.Close();
        Assert.Equal(second.Id, (await listener.FirstAsync().AsTask().Within()).Id);
    }

    [Fact]
    public async Task ManyAnswers_ComeOverASocket()
    {
        await using var listener = await _server.ListenSocketAsync("s").Within();
        await using var socket = _client.ConnectSocket("s");
        var connection = await listener.FirstAsync().AsTask().Within();
        var many = socket.RequestManyAsync("many", maxMessages: 3).ToListAsync().AsTask();
        var request = await connection.ReadRequestsAsync().FirstAsync().AsTask().Within();
        for (var n = 0; n < 3; n++)
        {
            await connection.RespondAsync(request, n).Within();
        }

        Assert.Equal([0d, 1d, 2d], (await many.Within()).Select(reply => reply.Data.AsNumber()));
    }

    [Fact]
    public async Task ALoadBalancer_ChoosesTheListener()
    {
        await using var one = await ListenAsync("s", "1");
        await using var two = await ListenAsync("s", "2");
        await using var socket = _client.ConnectSocket("s", Quick with { FindListener = _ => Task.FromResult("2") });
        Assert.Equal("2", await WhoAsync(socket));
    }

    private static ConatSocketOptions Quick { get; } = new()
    {
        ReconnectDelay = TimeSpan.FromMilliseconds(20),
        FirstRetryDelay = TimeSpan.FromMilliseconds(30),
        ConnectTimeout = TimeSpan.FromSeconds(5),
    };

    private static (string Message, string? Code) Read(ConatException error) => (error.Message, error.Code);

    private static async Task<string?> ReadTextAsync(ConatSocket socket) => (await socket.ReadAsync().AsTask().Within())?.Data.AsText();

    private static Task<string?> EchoAsync(ConatSocket socket, string text)
    {
        socket.Write(text);
        return ReadTextAsync(socket);
    }

    private static Task<string?> WhoAsync(ConatSocket socket) => EchoAsync(socket, "who");

    /// <summary>A listener that answers what it gets twice, or its id to <c>who</c>.</summary>
    private Task<DoublingListener> ListenAsync(string subject = "s", string? id = null) => DoublingListener.StartAsync(_server, subject, Quick with { Id = id });
}
