using System.Buffers;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.MessagePack;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Tests.Services;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Sockets;

/// <summary>Ends of sockets against sequences of commands and data that are wrong in any way: they must neither throw nor keep without bound.</summary>
public sealed class MutatedSocketTests
{
    private const ulong Seed = 20261128;
    private const int MaxQueue = 20;

    /// <summary>An input is a sequence on a socket of its own, which takes as long as many inputs of a codec.</summary>
    private const int InputsPerSequence = 1_000;
    private static readonly ConatSocketOptions Options = new() { Id = "c", MaxQueueSize = MaxQueue, MaxUnreadMessages = MaxQueue, MaxWaitingRequests = MaxQueue };

    [Fact]
    public async Task MutatedSequences_NeverThrow()
    {
        await using var client = new ConatClient(new NoTransport());
        var options = Options;
        new MutationFuzzer(Corpus(), Seed).Run(MutationFuzzer.Inputs(6_000_000) / InputsPerSequence, input =>
        {
            if (!MessagePackCodec.TryDecode(input.ToArray(), out var value, out _) || value is not WireValue.Items items)
            {
                return;
            }

            var connector = client.ConnectSocket("s", options);
            connector.SetState(ConatSocketState.Ready, "s.server.l.c");
            for (var n = 0; n < 5; n++)
            {
                connector.Write(n);
            }

            foreach (var item in items.Values)
            {
                connector.Receive(Message(item));
            }

            Assert.InRange(connector.Unread, 0, 2 * MaxQueue);
            connector.Close();
        });
    }

    /// <summary><c>[headers, payload]</c>, anything in their places.</summary>
    private static ConatMessage Message(WireValue item)
    {
        var values = item is WireValue.Items items ? items.Values : [item];
        var headers = values.Length > 0 && values[0].IsTruthy() ? values[0] : null;
        var payload = values.Length < 2 ? default : values[1] is WireValue.Bytes bytes ? bytes.Value : ConatPayload.Encode(values[1]);
        return new ConatMessage("s.client.c", payload, 0, headers);
    }

    private static List<byte[]> Corpus()
    {
        var corpus = new List<byte[]>();
        foreach (var dialogue in Dialogue.Load("conat-socket"))
        {
            var messages = dialogue.Steps.Where(step => step.Message is { Raw.Length: < 500 }).Select(step => step.Message!)
                .Select(WireValue (message) => new WireValue.Items([message.Headers ?? WireValue.Null, message.Data]));
            corpus.AddRange(messages.Chunk(12).Select(chunk => Encode(new WireValue.Items([.. chunk]))));
        }

        // What the mutations would rarely find.
        corpus.Add(Encode(new WireValue.Items(
        [
            Sequence(0), Sequence(-1), Sequence(1.5), Sequence(double.NaN), Sequence(1e300), Sequence(9007199254740991), Sequence("1"), Sequence(2), Sequence(2), Sequence(19),
            Command("emitted", -1), Command("emitted", 1e300), Command("emitted", "x"), Command("missing", new WireValue.Items([.. Enumerable.Range(0, 500).Select(n => (WireValue)n)])),
            Command("missing", new WireValue.Items([1, 1, 1, 1, 1, 1])), Command("missing", new WireValue.Items(["a", WireValue.Null])), Command("missing", 5), Command("other", 5),
        ])));
        return corpus;
    }

    private static WireValue.Items Sequence(WireValue number) => new([new WireObject { [ConatHeaders.SocketSequence] = number }.Build(), "data"]);

    private static WireValue.Items Command(string name, WireValue value) => new(
    [
        new WireObject { [ConatHeaders.SocketCommand] = "socket", [ConatHeaders.Reply] = "_INBOX.x.y" }.Build(),
        new WireObject { ["socket"] = new WireObject { [name] = value }.Build() }.Build(),
    ]);

    private static byte[] Encode(WireValue value)
    {
        var output = new ArrayBufferWriter<byte>();
        MessagePackCodec.Encode(value, output);
        return output.WrittenSpan.ToArray();
    }

    private sealed class NoTransport : IConatTransport
    {
        public Task<IConatConnection> ConnectAsync(IConatReceiver receiver, CancellationToken cancellationToken) => throw new ConatException("there is no network");
    }
}
