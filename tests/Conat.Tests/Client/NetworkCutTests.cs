using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;
using ProjectSilo.Tests.Broker;

namespace ProjectSilo.Conat.Tests.Client;

/// <summary>A network that is gone for longer than both sides wait, without either being told.</summary>
public sealed class NetworkCutTests
{
    [Fact]
    public async Task Cut_NothingHangsNothingIsLostNothingLeaks()
    {
        await using var host = await BrokerHost.StartAsync(options => (options.PingInterval, options.PingTimeout) = (TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(800)));
        await using var network = new CuttableProxy(host.Address.Port);
        await using var client = new ConatClient(
            new SocketIoTransport(new SocketIoOptions
            {
                Address = new Uri($"http://127.0.0.1:{network.Port}"),
                Cookie = () => new(BrokerHost.ProjectCookies),
                ConnectTimeout = TimeSpan.FromMilliseconds(500),
                CloseTimeout = TimeSpan.FromMilliseconds(100),
            }),
            new ConatClientOptions { FirstReconnectDelay = TimeSpan.FromMilliseconds(20), MaxReconnectDelay = TimeSpan.FromMilliseconds(100), FirstResyncDelay = TimeSpan.Zero });
        await client.ConnectAsync().Within();
        using var kept = await client.SubscribeAsync("kept", new SubscribeOptions { Queue = "q" }).Within();
        using var mute = await client.SubscribeAsync("mute").Within();
        for (var cut = 1; cut <= 2; cut++)
        {
            // One whose reply will not come, one that isn't sent before the cut.
            var requests = new List<Task> { client.RequestAsync("mute", 1, new PublishOptions { Timeout = TimeSpan.FromMilliseconds(300) }) };
            Assert.NotNull(await mute.ReadAsync().AsTask().Within());
            network.IsCut = true;
            requests.Add(client.RequestAsync("mute", 2, new PublishOptions { Timeout = TimeSpan.FromMilliseconds(300) }));
            requests.Add(client.PublishAsync("kept", "lost", new PublishOptions { Timeout = TimeSpan.FromMilliseconds(100) }));
            foreach (var request in requests)
            {
                await Assert.ThrowsAsync<ConatException>(() => request.Within());
            }

            await Bounded.Until(() => client.State == ConatState.Disconnected, "the client notices");
            await Bounded.Until(() => !host.Broker.Statistics.Any(), "the broker notices");
            Assert.False(host.Broker.Interest.HasInterest("kept"));
            network.IsCut = false;
            await client.WaitUntilSignedInAsync().Within();
            Assert.True(await client.WaitForInterestAsync("kept").Within());
            Assert.True(await client.WaitForInterestAsync("mute").Within());
            Assert.Equal(1, (await client.PublishAsync("kept", cut).Within()).Count);
            Assert.Equal(cut, (await kept.ReadAsync().AsTask().Within())!.Data.AsNumber());
        }

        Assert.Equal(0, client.Statistics.PendingRequests);
        await client.DisposeAsync().AsTask().Within();
        await Bounded.Until(() => host.Broker.WebSockets == 0, "no connection is left at the broker");
        Assert.Equal(0, host.Broker.Buffers.InUse);
        Assert.True(host.Broker.Interest.IsEmpty);
    }
}
