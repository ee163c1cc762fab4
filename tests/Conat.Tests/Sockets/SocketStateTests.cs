using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Sockets;

/// <summary>The two halves of a socket's end, without I/O (spec 06 §6.4).</summary>
public sealed class SocketStateTests
{
    private const int Max = 8;

    [Fact]
    public void ALossyNetwork_LosesNothingAndKeepsTheOrder()
    {
        for (var seed = 0; seed < MutationFuzzer.Inputs(300_000) / 1000; seed++)
        {
            Transfer(new Random(seed), 60, seed);
        }
    }

    [Fact]
    public void Acknowledgements_OfWhatWasNotSentOrLongAgo_DoNothing()
    {
        var sender = new SocketSender(Max, 1000);
        for (var n = 0; n < 3; n++)
        {
            Assert.True(sender.TryAdd(new byte[1], null));
        }

        sender.Acknowledge(2);
        Assert.Equal(0, sender.Acknowledged);
        sender.CountSent();
        sender.CountSent();
        sender.Acknowledge(long.MaxValue);
        Assert.Equal((2, false), (sender.Acknowledged, sender.IsEmpty));
        sender.Acknowledge(1);
        sender.Acknowledge(-5);
        Assert.Equal(2, sender.Acknowledged);
        Assert.Null(sender.Find([2]));
        Assert.Single(sender.Find([3])!.Value);
        Assert.Null(sender.Find([3, 3]));
        Assert.Null(sender.Find([4]));
        Assert.Empty(sender.Find([])!.Value);
    }

    [Fact]
    public void TheQueue_IsBoundedByMessagesAndBytes()
    {
        var sender = new SocketSender(2, 100);
        Assert.True(sender.TryAdd(new byte[1000], null));
        Assert.False(sender.TryAdd(new byte[1], null));
        sender.CountSent();
        sender.Acknowledge(1);
        Assert.True(sender.TryAdd(new byte[50], null));
        Assert.True(sender.TryAdd(new byte[50], null));
        Assert.False(sender.TryAdd(default, null));
    }

    [Fact]
    public void ANumberTooFarAway_IsNoReasonToStoreAnything()
    {
        var receiver = new SocketReceiver(Max, 1000);
        Assert.Equal(SocketReceipt.TooFar, receiver.Add(Max + 2, Message(1)));
        Assert.Equal(SocketReceipt.TooFar, receiver.Add(9007199254740991, Message(1)));
        Assert.False(receiver.HasGap);
        Assert.Equal(SocketReceipt.Taken, receiver.Add(Max + 1, Message(1)));
        Assert.Equal(Enumerable.Range(1, Max - 1).Select(n => (long)n), receiver.Missing());
    }

    [Fact]
    public void WhatHasNoRoom_IsMissingUntilItHas()
    {
        var receiver = new SocketReceiver(Max, 10);
        Assert.Equal(SocketReceipt.Taken, receiver.Add(2, Message(8)));
        Assert.Equal(SocketReceipt.Taken, receiver.Add(3, Message(8)));
        Assert.Equal("1,3", string.Join(',', receiver.Missing()));
        Assert.Equal(SocketReceipt.Taken, receiver.Add(1, Message(100)));
        for (var n = 0; n < 2; n++)
        {
            Assert.True(receiver.TryPeek(out _));
            receiver.Advance();
        }

        Assert.True(receiver.HasGap);
        Assert.Equal(3, Assert.Single(receiver.Missing()));
        Assert.Equal(SocketReceipt.Duplicate, receiver.Add(2, Message(8)));
        Assert.Equal(SocketReceipt.Taken, receiver.Add(3, Message(8)));
        Assert.False(receiver.HasGap);
    }

    private static ConatMessage Message(int bytes) => new("s", new byte[bytes]);

    /// <summary>A sender and a receiver with a network between them that loses, doubles and reorders, and never the same twice.</summary>
    private static void Transfer(Random random, int total, int seed)
    {
        var sender = new SocketSender(Max, 40);
        var receiver = new SocketReceiver(Max, 40);
        var network = new List<(long Number, SocketMessage Message)>();
        var (written, delivered) = (0L, 0L);
        for (var step = 0; delivered < total; step++)
        {
            Assert.True(step < 100_000, $"seed {seed}: no end");
            switch (random.Next(7))
            {
                case 0 when written < total && sender.TryAdd(BitConverter.GetBytes(written + 1).AsMemory(0, 1 + random.Next(8)), null):
                    written++;
                    break;
                case 1 when sender.NextUnsent is { } next:
                    sender.CountSent();
                    network.Add((sender.Sent, next));
                    break;
                case 2 when network.Count > 0:
                    network.RemoveAt(random.Next(network.Count));
                    break;
                case 3 when network.Count > 0:
                    var (number, message) = network[random.Next(network.Count)];
                    Assert.NotEqual(SocketReceipt.TooFar, receiver.Add(number, new ConatMessage("s", message.Raw, 0, message.Headers)));
                    break;
                case 4 when sender.LastKept is { } last && sender.Sent == sender.Last:
                    network.Add((sender.Last, last));
                    break;
                case 5 when receiver.HasGap:
                    var found = sender.Find(receiver.Missing());
                    Assert.True(found is not null, $"seed {seed}: what is missing must be kept");
                    network.AddRange(found.Value.Select(resent => (SocketWire.NumberIn(resent.Headers)!.Value, resent)));
                    break;
                case 6:
                    sender.Acknowledge(receiver.Next - 1);
                    break;
            }

            while (receiver.TryPeek(out var taken))
            {
                receiver.Advance();
                delivered++;
                Assert.Equal(delivered, SocketWire.NumberIn(taken.Headers));
            }

            Assert.True(network.Count < 1000 || Drop(network));
        }
    }

    private static bool Drop(List<(long Number, SocketMessage Message)> network)
    {
        network.Clear();
        return true;
    }
}
