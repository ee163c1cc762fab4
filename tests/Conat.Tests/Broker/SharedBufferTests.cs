using System.Buffers;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Server.InProcess;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Tests.Broker;

/// <summary>Buffers that several connections send at once: each is given back exactly once, and nobody reads one that is somebody else's already.</summary>
public sealed class SharedBufferTests
{
    [Fact]
    public void Release_OnceMoreThanHeld_Throws()
    {
        var buffer = new SharedBufferPool().Rent(10);
        buffer.Hold();
        buffer.Release();
        buffer.Release();
        Assert.Throws<ObjectDisposedException>(buffer.Release);
    }

    [Fact]
    public void Copy_IsOnItsOwn()
    {
        var pool = new SharedBufferPool();
        var bytes = new byte[] { 1, 2, 3 };
        var buffer = pool.Copy(bytes);
        bytes[0] = 4;
        Assert.Equal([1, 2, 3], buffer.Memory.ToArray());
        buffer.Release();
        Assert.Equal(0, pool.InUse);

        // The same instance is used again.
        buffer = pool.Rent(1);
        buffer.Write<byte>([7]);
        Assert.Equal([7], buffer.Memory.ToArray());
    }

    /// <summary>
    /// Publishers and receivers that come and go at random, with WebSockets that are cut in the middle of a packet: every payload that arrives is whole, and in the end
    /// all buffers are back.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task UnderConcurrentPublishingAndDisconnecting_NoneLeaksOrIsReadAfterItsRelease(int seed)
    {
        await using var host = await BrokerHost.StartAsync(options => (options.MaxQueuedBytes, options.CloseTimeout) = (8_000_000, TimeSpan.FromMilliseconds(200)));
        await using var inProcess = new ConatClient(new InProcessTransport(host.Broker, ConatUser.Project(BrokerHost.ProjectId)));
        await inProcess.ConnectAsync().Within();
        using var subscription = await inProcess.SubscribeAsync("fuzz.>").Within();
        using var stop = new CancellationTokenSource();
        var checking = CheckAsync(subscription, stop.Token);
        var reading = ReadAsync(host, stop.Token);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(() => WorkAsync(host, inProcess, new Random((seed * 100) + worker)))))
            .WaitAsync(Bounded.Limit);
        await stop.CancelAsync();
        Assert.True(await checking.Within() > 0);
        Assert.True(await reading.Within() > 0);
        await inProcess.DisposeAsync();
        await Bounded.Until(() => host.Broker.WebSockets == 0, "all connections have ended");
        await Bounded.Until(() => host.Broker.Buffers.InUse == 0, $"{host.Broker.Buffers.InUse} buffers are not back");
        Assert.True(host.Broker.Interest.IsEmpty);
    }

    private static async Task WorkAsync(BrokerHost host, ConatClient inProcess, Random random)
    {
        for (var round = 0; round < 12; round++)
        {
            using var client = await host.ConnectAsync();
            if (random.Next(2) == 0)
            {
                await client.SendAsync($"42[\"subscribe\",{{\"subject\":\"fuzz.>\",\"queue\":\"{random.Next(4)}\"}}]");
                await client.SendAsync("42[\"subscribe\",{\"subject\":\"fuzz.*\",\"queue\":\"0\"}]");
            }

            for (var i = random.Next(30); i > 0; i--)
            {
                var payload = Payload(random);
                if (random.Next(3) == 0)
                {
                    inProcess.Publish("fuzz.in", WireValue.Null, new PublishOptions { Raw = payload });
                    continue;
                }

                await client.SendAsync("451-[\"publish\",[\"fuzz.ws\",\"id\",0,1,0,{\"_placeholder\":true,\"num\":0}]]");
                await client.SendAsync(payload);
            }

            if (random.Next(2) == 0)
            {
                // Two attachments, of which one comes; then the end without a close frame.
                await client.SendAsync("452-[\"publish\",[\"fuzz.ws\",\"id\",0,1,0,{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]]");
                await client.SendAsync(Payload(random));
                client.Socket.Abort();
            }
        }
    }

    /// <summary>All bytes of a payload are equal: one that was used again in between shows.</summary>
    private static byte[] Payload(Random random)
    {
        var payload = new byte[random.Next(10) == 0 ? random.Next(1, 200_000) : random.Next(1, 2_000)];
        payload.AsSpan().Fill((byte)random.Next(256));
        return payload;
    }

    /// <summary>The same over a WebSocket, again and again if it is dropped as too slow.</summary>
    private static async Task<int> ReadAsync(BrokerHost host, CancellationToken cancellationToken)
    {
        var count = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            using var client = await host.ConnectAsync();
            await using var end = cancellationToken.Register(client.Socket.Abort);
            await client.SendAsync("42[\"subscribe\",{\"subject\":\"fuzz.>\",\"queue\":\"reader\"}]");
            for (var frame = await client.ReceiveAsync(); frame is not "lost" && !frame.StartsWith("close", StringComparison.Ordinal); frame = await client.ReceiveAsync())
            {
                if (frame[0] == '#')
                {
                    Assert.Single(frame[1..].Chunk(2).Select(pair => new string(pair)).Distinct());
                    count++;
                }
            }
        }

        return count;
    }

    private static async Task<int> CheckAsync(ConatSubscription subscription, CancellationToken cancellationToken)
    {
        var count = 0;
        try
        {
            while (await subscription.ReadAsync(cancellationToken) is { } message)
            {
                Assert.Equal(-1, message.Raw.Span.IndexOfAnyExcept(message.Raw.Span[0]));
                count++;
            }
        }
        catch (OperationCanceledException)
        {
            // All has been published.
        }

        return count;
    }
}
