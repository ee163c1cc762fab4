using System.Buffers.Binary;
using ProjectSilo.Conat.Server.Broker;

namespace ProjectSilo.Tests.Broker;

/// <summary>Nothing is lost, doubled or out of order between publishers and the writer of a connection.</summary>
public sealed class PacketQueueTests
{
    private readonly PacketQueue _queue = new();

    [Fact]
    public void Packets_ComeInTheirOrder_HoweverTheRingGrowsAndTurns()
    {
        var random = new Random(1);
        int added = 0, taken = 0;
        while (taken < 20_000)
        {
            for (var i = random.Next(3_000); i > 0 && added < 20_000; i--)
            {
                Assert.True(_queue.TryAdd(Packet(0, added++)));
            }

            for (var i = random.Next(3_000); i > 0 && _queue.TryTake(out var packet); i--)
            {
                Assert.Equal(taken++, NumberOf(packet));
            }
        }

        Assert.False(_queue.TryTake(out _));
    }

    [Fact]
    public async Task Packets_OfManyPublishers_AllComeToTheWriterThatWaits()
    {
        const int Publishers = 4, Each = 20_000;
        var publishing = Task.WhenAll(Enumerable.Range(0, Publishers).Select(publisher => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                Assert.True(_queue.TryAdd(Packet(publisher, i)));
            }
        })));
        var next = new int[Publishers];
        var ending = publishing.ContinueWith(_ => _queue.TryComplete(), TaskScheduler.Default);
        while (await _queue.WaitAsync().AsTask().Within())
        {
            while (_queue.TryTake(out var packet))
            {
                Assert.Equal(next[packet.Text.Span[4]]++, NumberOf(packet));
            }
        }

        await publishing.Within();
        Assert.True(await ending.Within());
        Assert.All(next, count => Assert.Equal(Each, count));
    }

    [Fact]
    public async Task TheEnd_ComesAfterAllThatWasAdded_AndOnce()
    {
        _queue.TryAdd(Packet(0, 7));
        Assert.True(_queue.TryComplete());
        Assert.False(_queue.TryComplete());
        Assert.False(_queue.TryAdd(Packet(0, 8)));
        Assert.True(await _queue.WaitAsync());
        Assert.True(_queue.TryTake(out var packet));
        Assert.Equal(7, NumberOf(packet));
        Assert.False(await _queue.WaitAsync());
    }

    [Fact]
    public async Task TheEnd_WakesWhoWaits()
    {
        var waiting = _queue.WaitAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        Assert.True(_queue.TryComplete());
        Assert.False(await waiting.Within());
    }

    private static OutgoingPacket Packet(int publisher, int number)
    {
        var text = new byte[5];
        BinaryPrimitives.WriteInt32LittleEndian(text, number);
        text[4] = (byte)publisher;
        return new OutgoingPacket(text);
    }

    private static int NumberOf(in OutgoingPacket packet) => BinaryPrimitives.ReadInt32LittleEndian(packet.Text.Span);
}
