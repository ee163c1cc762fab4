using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.MessagePack;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Persist;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Persist;

/// <summary>Open frames and requests that are wrong in any way: each has an answer, and the next is served.</summary>
public sealed class MutatedRequestTests
{
    private const ulong Seed = 20261129;

    /// <summary>A request over the bus takes as long as many readings.</summary>
    private const int InputsPerRequest = 2_000;

    [Fact]
    public void MutatedValues_AreReadOrRefused() => new MutationFuzzer(Corpus(), Seed).Run(MutationFuzzer.Inputs(300_000), static input =>
    {
        if (!MessagePackCodec.TryDecode(input.ToArray(), out var value, out _))
        {
            return;
        }

        var request = new ConatMessage("s", input.ToArray(), 0, value);
        Refusable(() => PersistOpen.Read(value));
        Refusable(() => StreamConfigurationChange.Read(value));
        Refusable(() => PersistRequest.Message(value));
        Refusable(() => PersistRequest.Message(request));
        Refusable(() => new MessageBatch(PersistRequest.Messages(request)));
        Refusable(() => PersistRequest.Numbers(PersistRequest.Parameters(request), PersistHeaders.Seqs));
        if (StreamEvent.TryRead(value, out var one))
        {
            _ = one!.ToWire();
        }
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MutatedRequests_AreAnswered(bool ephemeral)
    {
        await using var bus = await PersistBus.StartAsync();
        var client = await bus.ConnectAsync();
        await using var socket = await bus.OpenAsync("s", ephemeral, client: client);
        var fuzzer = new MutationFuzzer(Corpus(), Seed);
        var buffer = new byte[MutationFuzzer.MaxBytes];
        for (var n = 0L; n < MutationFuzzer.Inputs(3_000_000) / InputsPerRequest; n++)
        {
            var length = fuzzer.Make(n, buffer);
            var payload = buffer.AsSpan(0, length).ToArray();
            var headers = MessagePackCodec.TryDecode(payload, out var value, out _) ? value as WireValue.Members : null;
            if (headers is null || headers["cmd"].AsText() == PersistCommands.GetAll)
            {
                continue;
            }

            var safe = new WireObject().AddAll(headers, ConatHeaders.Reply, ConatHeaders.SocketCommand, ConatHeaders.SocketSequence);
            var answer = await socket.AskAsync(safe, raw: payload);
            Assert.True(answer.Headers is null || ConatHeaders.ErrorIn(answer.Headers)?.Message != "Error: internal error", $"input {n}: {value}");
            if (n % 100 == 0)
            {
                await using var opened = StreamSocket.Open(client, PersistSubjects.Of(PersistBus.Owner), open: null);
                opened.Socket.Write(value);
                await opened.AskAsync(new WireObject { ["cmd"] = PersistCommands.Inventory });
            }
        }

        Assert.True((await socket.SetAsync("still there")).Seq > 0);
    }

    private static void Refusable(Func<object?> read)
    {
        try
        {
            _ = read();
        }
        catch (ConatException refusal)
        {
            Assert.Equal(PersistCodes.BadRequest, refusal.Code);
        }
    }

    private static byte[][] Corpus()
    {
        var data = new WireObject { ["encoding"] = 0, ["raw"] = new WireValue.Bytes(new byte[] { 0xa1, 0x78 }), ["headers"] = new WireObject { ["a"] = 1 }.Build() }.Build();
        var element = new WireObject { ["messageData"] = data, ["key"] = "k", ["ttl"] = 5, ["previousSeq"] = 1, ["msgID"] = "m" }.Build();
        var config = new WireObject { ["max_msgs"] = 10, ["max_bytes"] = "77", ["discard_policy"] = "new", ["allow_msg_ttl"] = true, ["desc"] = data }.Build();
        WireValue[] values =
        [
            new PersistOpen(PersistBus.PathOf("a"), true, false, true).ToWire(),
            new WireObject { ["cmd"] = "set", ["key"] = "k", ["headers"] = new WireObject { ["x"] = "y" }.Build(), ["ttl"] = 100, ["previousSeq"] = 3, ["msgID"] = "i" }.Build(),
            new WireObject { ["cmd"] = "config", ["config"] = config }.Build(),
            new WireObject { ["cmd"] = "delete", ["seqs"] = new WireValue.Items([1, 2]), ["last_seq"] = 1, ["seq"] = 2, ["all"] = false }.Build(),
            new WireObject { ["cmd"] = "get", ["seq"] = 1, ["key"] = "k" }.Build(),
            new WireObject { ["cmd"] = "keys", ["timeout"] = 100 }.Build(),
            new WireObject { ["cmd"] = "inventory" }.Build(),
            new WireObject { ["cmd"] = "setMany" }.Build(),
            new WireValue.Items([element, element]),
            element,
            config,
            new StreamEvent.Stored(new StoredMessage(1, 2, "k", 0, new byte[] { 1 }, data), "m").ToWire(),
            new StreamEvent.Deleted([1, 2]).ToWire(),
        ];
        return [.. values.Select(MessagePackCodec.Encode)];
    }
}
