using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Server.InProcess;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;
using ProjectSilo.Tests.Broker;

namespace ProjectSilo.Conat.Tests.InProcess;

/// <summary>What a client in the broker's process meets that the behaviour of all transports doesn't show.</summary>
public sealed class InProcessTransportTests : IAsyncLifetime
{
    private static readonly ConatUser User = ConatUser.Project(BrokerHost.ProjectId);

    private BrokerHost _host = null!;

    public async Task InitializeAsync() =>
        _host = await BrokerHost.StartAsync(options => (options.MaxConnectionsPerUser, options.MaxSubscriptionsPerClient, options.MaxQueuedBytes) = (1, 3, 8_000_000));

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Info_IsThatOfTheBroker_AndNoPlaceOfAConnectionIsTaken()
    {
        using var outside = await _host.ConnectAsync();
        await using var client = NewClient();
        await client.ConnectAsync().Within();
        Assert.Equal((8_000_000, "0", User.Json), (client.Info!.MaxPayload, client.Info.Id, WireJson.ToText(client.Info.User)));
        Assert.Equal("in process", _host.Broker.Statistics.Single(session => session.Address != "127.0.0.1").Address);
        await client.DisposeAsync().AsTask().Within();
        await Bounded.Until(() => _host.Broker.Statistics.Count() == 1, "the session has ended");
    }

    [Fact]
    public async Task Payload_WithinTheProcess_MayBeUsedAgainByItsPublisher()
    {
        await using var client = NewClient();
        await client.ConnectAsync().Within();
        using var subscription = await client.SubscribeAsync("a").Within();
        var payload = new byte[] { 1, 2, 3 };
        await client.PublishAsync("a", WireValue.Null, new PublishOptions { Raw = payload }).Within();
        payload.AsSpan().Clear();
        Assert.Equal([1, 2, 3], (await subscription.ReadAsync().AsTask().Within())!.Raw.ToArray());
    }

    [Fact]
    public async Task Message_FromTheProcess_IsWrittenForWebSockets()
    {
        using var outside = await _host.ConnectAsync();
        await outside.AskAsync("420[\"subscribe\",{\"subject\":\"é.*\",\"queue\":\"0\"}]");
        await using var client = NewClient();
        await client.ConnectAsync().Within();
        var headers = new WireObject { ["a"] = "b", ["bytes"] = new WireValue.Bytes(new byte[] { 9 }) }.Build();
        Assert.Equal(1, (await client.PublishAsync("é.x", 5, new PublishOptions { Headers = headers }).Within()).Count);
        var text = await outside.ReceiveAsync();
        Assert.Matches(
            "^452-\\[\"é\\.\\*\",\\{\"subject\":\"é\\.x\",\"data\":\\[\"[0-9A-Za-z]{10}\",0,1,0,\\{\"_placeholder\":true,\"num\":0\\},\\{\"a\":\"b\",\"bytes\":\\{\"_placeholder\":true,\"num\":1\\}\\}\\]\\}\\]$",
            text);
        Assert.Equal("#05", await outside.ReceiveAsync());
        Assert.Equal("#09", await outside.ReceiveAsync());
        await Bounded.Until(() => _host.Broker.Buffers.InUse == 0, "all buffers are back");
    }

    [Fact]
    public async Task Message_FromAWebSocket_IsReadForTheProcess()
    {
        await using var client = NewClient();
        await client.ConnectAsync().Within();
        using var subscription = await client.SubscribeAsync("a").Within();
        using var outside = await _host.ConnectAsync();
        Assert.Equal("431[{\"count\":1}]", await outside.AskAsync("421[\"publish\",[\"a\",\"no bytes\",0,1,0,\"text\"]]"));
        Assert.Equal("431[{\"count\":1}]", await outside.AskAsync("421[\"publish\",[\"a\"]]"));
        await outside.SendAsync("452-2[\"publish\",[\"a\",\"ID\",0,1,0,{\"_placeholder\":true,\"num\":1},{\"h\":{\"_placeholder\":true,\"num\":0}}]]");
        await outside.SendAsync([7]);
        await outside.SendAsync([1, 2]);
        Assert.Equal("432[{\"count\":1}]", await outside.ReceiveAsync());
        var message = (await subscription.ReadAsync().AsTask().Within())!;
        Assert.Equal([1, 2], message.Raw.ToArray());
        Assert.Equal([7], Assert.IsType<WireValue.Bytes>(message.Header("h")).Value.ToArray());
    }

    [Fact]
    public async Task Denials_ComeAsEventAndError()
    {
        var receiver = new Receiver();
        await using var connection = await new InProcessTransport(_host.Broker, User).ConnectAsync(receiver, CancellationToken.None);
        var denied = await Assert.ThrowsAsync<ConatException>(() => connection.SubscribeAsync(new ConatInterest("secret", "0"), Bounded.Limit, default).Within());
        Assert.Equal(($"Error: permission denied subscribing to 'secret' from {User.Json}", "403"), (denied.Message, denied.Code));
        Assert.Equal(new ConatPermissionDenied(denied.Message[7..], "secret", IsPublish: false), Assert.Single(receiver.Denied));
        var chunk = new ConatChunk("secret", "ID", 0, true, 0, new byte[1]);
        denied = await Assert.ThrowsAsync<ConatException>(async () => await (await connection.PublishAsync(chunk, Bounded.Limit, default).Within()).Within());
        Assert.Equal($"Error: permission denied publishing to 'secret' from {User.Json}", denied.Message);
        denied = await Assert.ThrowsAsync<ConatException>(() => connection.WaitForInterestAsync("secret", TimeSpan.Zero, Bounded.Limit, default).Within());
        Assert.Equal(($"permission denied waiting for interest in 'secret' from {User.Json}", "403"), (denied.Message, denied.Code));
        Assert.True(connection.Publish(chunk));
        connection.Subscribe(new ConatInterest("secret.more", "0"));
        await Bounded.Until(() => receiver.Denied.Count == 4, "a denial of each");

        var interests = Enumerable.Range(0, 4).Select(i => new ConatInterest($"s{i}", "0")).ToList();
        var refusals = await connection.SubscribeAllAsync(interests, Bounded.Limit, default).Within();
        Assert.Equal([null, null, null, "429"], refusals.Select(refusal => refusal?.Code));
        Assert.Equal(["s0", "s1", "s2"], await connection.SubscriptionsAsync(Bounded.Limit, default).Within());
        Assert.Throws<ArgumentException>(() => connection.Publish(chunk with { Headers = new WireValue.Items([.. Enumerable.Repeat(new WireValue.Bytes(new byte[1]), 10)]) }));
    }

    [Fact]
    public async Task SlowConsumer_IsDroppedAndHoldsNobodyUp()
    {
        using var blocked = new ManualResetEventSlim();
        var receiver = new Receiver { Blocked = blocked };
        await using var slow = await new InProcessTransport(_host.Broker, User).ConnectAsync(receiver, CancellationToken.None);
        await slow.SubscribeAsync(new ConatInterest("flood", "0"), Bounded.Limit, default).Within();
        await using var publisher = NewClient();
        await publisher.ConnectAsync().Within();
        var counts = new List<long>();
        for (var i = 0; i < 30; i++)
        {
            counts.Add((await publisher.PublishAsync("flood", WireValue.Null, new PublishOptions { Raw = new byte[1_000_000] }).Within()).Count);
        }

        Assert.Equal([1, 0], counts.Distinct());
        blocked.Set();
        Assert.Equal("slow consumer", await slow.Completion.Within());
        await Assert.ThrowsAsync<ConatException>(() => slow.SubscriptionsAsync(Bounded.Limit, default).Within());
        Assert.False(slow.Publish(new ConatChunk("a", "ID", 0, true, 0, new byte[1])));
    }

    [Fact]
    public async Task Waits_EndWithTheirTimeOrTheConnection()
    {
        var connection = await new InProcessTransport(_host.Broker, User).ConnectAsync(new Receiver(), CancellationToken.None);
        Assert.False(await connection.WaitForInterestAsync("nobody", TimeSpan.Zero, Bounded.Limit, default).Within());
        var timeout = await Assert.ThrowsAsync<ConatException>(() => connection.WaitForInterestAsync("nobody", TimeSpan.FromMilliseconds(20), Bounded.Limit, default).Within());
        Assert.Equal(("timeout - Error: operation has timed out", "408"), (timeout.Message, timeout.Code));
        timeout = await Assert.ThrowsAsync<ConatException>(() => connection.WaitForInterestAsync("nobody", Bounded.Limit, TimeSpan.FromMilliseconds(20), default).Within());
        Assert.Equal("408", timeout.Code);
        var waiting = connection.WaitForInterestAsync("nobody", Bounded.Limit, Bounded.Limit, default);
        Assert.Equal(0, await (await connection.PublishAsync(new ConatChunk("nobody", "ID", 0, true, 0, new byte[1]), Bounded.Limit, default).Within()).Within());
        await connection.DisposeAsync().AsTask().Within();
        Assert.Equal("Error: socket has been disconnected", (await Assert.ThrowsAsync<ConatException>(() => waiting.Within())).Message);
        Assert.Equal(0, _host.Broker.Waiters.Count);
    }

    [Fact]
    public async Task ChunkedMessageThatNeverEnds_IsBounded()
    {
        await using var client = new ConatClient(new InProcessTransport(_host.Broker, User), new ConatClientOptions { MaxPartialBytes = 10_000_000 });
        await client.ConnectAsync().Within();
        using var subscription = await client.SubscribeAsync("endless").Within();
        using var outside = await _host.ConnectAsync();
        for (var seq = 0; seq < 30; seq++)
        {
            await outside.SendAsync($"451-1[\"publish\",[\"endless\",\"ID\",{seq},0,0,{{\"_placeholder\":true,\"num\":0}}]]");
            await outside.SendAsync(new byte[1_000_000]);
            Assert.Equal("431[{\"count\":1}]", await outside.ReceiveAsync());
        }

        await Bounded.Until(() => client.Statistics.DroppedChunks == 20, "the eleventh drops what came before, and all after it come for nothing");
        await outside.SendAsync("451-1[\"publish\",[\"endless\",\"OTHER\",0,1,0,{\"_placeholder\":true,\"num\":0}]]");
        await outside.SendAsync([1]);
        Assert.Equal([1], (await subscription.ReadAsync().AsTask().Within())!.Raw.ToArray());
    }

    /// <summary>So a sender of a file that waits for its acks is as fast as the disk, and doesn't fail by being faster.</summary>
    [Fact]
    public async Task RepliesThatAreNotReadFastEnough_HoldTheirSenderUpByItsAcks()
    {
        await using var client = NewClient();
        await client.ConnectAsync().Within();
        using var asked = await client.SubscribeAsync("ask").Within();
        await using var replies = client.RequestManyAsync("ask", 1).GetAsyncEnumerator();
        var first = replies.MoveNextAsync().AsTask();
        var reply = (await asked.ReadAsync().AsTask().Within())!.Reply!;
        using var outside = await _host.ConnectAsync();
        var before = client.Statistics.ReceivedMessages;
        for (var i = 1; i <= 4; i++)
        {
            Assert.Equal($"43{i}[{{\"count\":1}}]", await SendAsync(i));
            await Bounded.Until(() => client.Statistics.ReceivedMessages == before + i, "it has come");
        }

        // The first is being read, and three wait: more than 8 MiB.
        Assert.True(await first.Within());
        Assert.Equal("439[[]]", await SendAsync(5, "429[\"subscriptions\",null]"));
        Assert.True(await replies.MoveNextAsync().AsTask().Within());
        Assert.True(await replies.MoveNextAsync().AsTask().Within());
        Assert.Equal("435[{\"count\":1}]", await outside.ReceiveAsync());

        async Task<string> SendAsync(int ackId, string? after = null)
        {
            await outside.SendAsync($"451-{ackId}[\"publish\",[\"{reply}\",\"ID{ackId}\",0,1,0,{{\"_placeholder\":true,\"num\":0}}]]");
            await outside.SendAsync(new byte[3_000_000]);
            if (after is not null)
            {
                await outside.SendAsync(after);
            }

            return await outside.ReceiveAsync();
        }
    }

    [Fact]
    public async Task RepliesThatNobodyAskedFor_AreIgnored()
    {
        await using var client = NewClient();
        await client.ConnectAsync().Within();
        using var asked = await client.SubscribeAsync("ask").Within();
        var request = client.RequestAsync("ask", 1);
        var inbox = (await asked.ReadAsync().AsTask().Within())!.Reply!;
        using var outside = await _host.ConnectAsync();
        for (var i = 0; i < 20_000; i++)
        {
            var reply = i % 2 == 0 ? inbox : inbox[..^2];
            await outside.SendAsync($"42[\"publish\",[\"{reply}\",\"ID{i}\",0,1,0,\"no bytes\"]]");
            await outside.SendAsync($"451-[\"publish\",[\"{reply}\",\"ID{i}\",0,1,0,{{\"_placeholder\":true,\"num\":0}}]]");
            await outside.SendAsync([(byte)(i % 100)]);
        }

        Assert.Equal(0d, (await request.Within()).Data.AsNumber());
        Assert.Equal("431[[]]", await outside.AskAsync("421[\"subscriptions\",null]"));
        Assert.Equal(0, client.Statistics.PendingRequests);
        Assert.Equal(ConatState.SignedIn, client.State);
    }

    private ConatClient NewClient() => new(new InProcessTransport(_host.Broker, User));

    private sealed class Receiver : IConatReceiver
    {
        private readonly Lock _gate = new();
        private readonly List<ConatPermissionDenied> _denied = [];

        /// <summary>Holds up who delivers a chunk, until it is set.</summary>
        public ManualResetEventSlim? Blocked { get; init; }

        public IReadOnlyList<ConatPermissionDenied> Denied
        {
            get
            {
                lock (_gate)
                {
                    return [.. _denied];
                }
            }
        }

        public void OnInfo(ConatInfo info)
        {
        }

        public void OnPermissionDenied(ConatPermissionDenied denied)
        {
            lock (_gate)
            {
                _denied.Add(denied);
            }
        }

        public void OnChunk(string pattern, ConatChunk chunk) => Blocked?.Wait(Bounded.Limit);
    }
}
