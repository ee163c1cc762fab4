using System.Buffers;
using System.Text;
using System.Text.Json;
using ProjectSilo.Conat.Core.SocketIo;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Core;

public sealed class SocketIoCodecTests
{
    [Theory]
    [InlineData("40")]
    [InlineData("40{\"sid\":\"ZItkjZbylYv-UVNQAAAA\"}")]
    [InlineData("41")]
    [InlineData("42[\"stats\",{}]")]
    [InlineData("427[\"subscribe\",{}]")]
    [InlineData("437[{\"status\":\"added\"}]")]
    [InlineData("430[]")]
    [InlineData("434[null]")]
    [InlineData("44{\"message\":\"no\"}")]
    [InlineData("44/other,{\"message\":\"Invalid namespace\"}")]
    [InlineData("40/other,")]
    [InlineData("42/a,9007199254740991[\"x\"]")]
    [InlineData("451-2[\"publish\",[{\"_placeholder\":true,\"num\":0}]]")]
    [InlineData("452-[\"a\",{\"_placeholder\":true,\"num\":0},{\"b\":{\"_placeholder\":true,\"num\":1}}]")]
    [InlineData("461-7[{\"_placeholder\":true,\"num\":0}]")]
    public void EncodeOfDecode_GivesTheSameText(string text)
    {
        var packet = Decode(text, [1, 2], [3]);
        Assert.Equal(text, Encode(packet, out var attachments));
        Assert.Equal(text.StartsWith("452", StringComparison.Ordinal) ? 2 : text[1] is '5' or '6' ? 1 : 0, attachments.Count);
    }

    [Theory]
    [InlineData("", SocketIoError.Empty)]
    [InlineData("7", SocketIoError.UnknownType)]
    [InlineData("xyz", SocketIoError.UnknownType)]
    [InlineData("5x-[\"a\"]", SocketIoError.InvalidAttachmentCount)]
    [InlineData("5-[\"a\"]", SocketIoError.InvalidAttachmentCount)]
    [InlineData("5+1-[\"a\"]", SocketIoError.InvalidAttachmentCount)]
    [InlineData("51[\"a\"]", SocketIoError.InvalidAttachmentCount)]
    [InlineData("50-[\"a\"]", SocketIoError.InvalidAttachmentCount)]
    [InlineData("511-[\"a\"]", SocketIoError.InvalidAttachmentCount)]
    [InlineData("51", SocketIoError.InvalidAttachmentCount)]
    [InlineData("29007199254740992[\"a\"]", SocketIoError.InvalidAckId)]
    [InlineData("299999999999999999999[\"a\"]", SocketIoError.InvalidAckId)]
    [InlineData("2", SocketIoError.InvalidData)]
    [InlineData("2[]", SocketIoError.InvalidData)]
    [InlineData("2[1]", SocketIoError.InvalidData)]
    [InlineData("2{}", SocketIoError.InvalidData)]
    [InlineData("2\"a\"", SocketIoError.InvalidData)]
    [InlineData("2[\"a\"", SocketIoError.InvalidJson)]
    [InlineData("2[\"a\"]x", SocketIoError.InvalidJson)]
    [InlineData("3[]", SocketIoError.InvalidData)]
    [InlineData("37{}", SocketIoError.InvalidData)]
    [InlineData("0[]", SocketIoError.InvalidData)]
    [InlineData("1[]", SocketIoError.InvalidData)]
    public void MalformedText_HasItsError(string text, SocketIoError expected)
    {
        Assert.False(new SocketIoDecoder().TryText(Encoding.UTF8.GetBytes(text), out var complete, out var error));
        Assert.Equal(expected, error);
        Assert.Null(complete);
    }

    [Theory]
    [InlineData("51-[\"a\",{\"_placeholder\":true,\"num\":1}]")]
    [InlineData("51-[\"a\",{\"_placeholder\":true,\"num\":-1}]")]
    [InlineData("51-[\"a\",{\"_placeholder\":true,\"num\":0.5}]")]
    [InlineData("51-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]")]
    [InlineData("51-[\"a\",{\"_placeholder\":true}]")]
    public void BadPlaceholder_IsFoundWithTheLastAttachment(string text)
    {
        var decoder = new SocketIoDecoder();
        Assert.True(decoder.TryText(Encoding.UTF8.GetBytes(text), out var complete, out _));
        Assert.Null(complete);
        Assert.False(decoder.TryBinary(new byte[1], out _, out var error));
        Assert.Equal(SocketIoError.InvalidPlaceholder, error);
    }

    [Fact]
    public void BinaryWithoutAPacket_IsAnError()
    {
        Assert.False(new SocketIoDecoder().TryBinary(new byte[1], out _, out var error));
        Assert.Equal(SocketIoError.UnexpectedAttachment, error);
    }

    [Fact]
    public void TextWhileAttachmentsAreMissing_IsAnError()
    {
        var decoder = new SocketIoDecoder();
        Assert.True(decoder.TryText("51-[\"a\",{\"_placeholder\":true,\"num\":0}]"u8, out _, out _));
        Assert.False(decoder.TryText("2[\"a\"]"u8, out _, out var error));
        Assert.Equal(SocketIoError.AttachmentMissing, error);
    }

    [Fact]
    public void PlaceholderInAPlainEvent_StaysAnObject() =>
        Assert.IsType<WireValue.Members>(Decode("42[\"a\",{\"_placeholder\":true,\"num\":0}]").Arguments[0]);

    [Fact]
    public void Encode_OfElevenByteArrays_IsRefused()
    {
        var bytes = new WireValue.Items([.. Enumerable.Repeat<WireValue>(new WireValue.Bytes(new byte[1]), 11)]);
        Assert.Throws<ArgumentException>(() => SocketIoCodec.Encode(SocketIoPacket.Event("a", bytes), new ArrayBufferWriter<byte>(), []));
    }

    [Fact]
    public void Depth_IsBounded()
    {
        var decoder = new SocketIoDecoder(maxDepth: 3);
        Assert.True(decoder.TryText("2[\"a\",[[1]]]"u8, out _, out _));
        Assert.False(decoder.TryText("2[\"a\",[[[1]]]]"u8, out _, out var error));
        Assert.Equal(SocketIoError.InvalidJson, error);
    }

    [Fact]
    public void CapturedFrames_AreWrittenAsTheyWereRead()
    {
        var frames = 0;
        foreach (var scenario in Vectors.Load("conat-frames").GetProperty("scenarios").EnumerateArray())
        {
            // The scenario's frames, or those of its parties A, B, …
            foreach (var list in scenario.EnumerateObject().Where(member => member.Value is { ValueKind: JsonValueKind.Array } && member.Name is "frames" or "A" or "B" or "P"))
            {
                // One connection of each client and direction.
                var decoders = new Dictionary<string, (SocketIoDecoder Decoder, string Text)>();
                foreach (var frame in list.Value.EnumerateArray())
                {
                    var connection = (frame.TryGetProperty("party", out var party) ? party.GetString() : "") + frame.GetProperty("dir").GetString();
                    var isMadeByHand = connection == "c2s" && scenario.GetProperty("name").GetString() == "raw-server-answers";
                    if (!isMadeByHand && frame.GetProperty("type").GetString() is "text" or "binary")
                    {
                        frames++;
                        Replay(frame, connection, decoders);
                    }
                }

                Assert.All(decoders.Values, decoder => Assert.False(decoder.Decoder.IsPending));
            }
        }

        Assert.True(frames > 0);
    }

    [Fact]
    public void MutatedMessages_NeverThrow()
    {
        byte[][] corpus =
        [
            .. new[]
            {
                "451-2[\"publish\",[\"foo.a\",\"M99XV7RfhT\",0,1,0,{\"_placeholder\":true,\"num\":0}]]", "40", "41", "437[{\"status\":\"added\"}]",
                "44/other,{\"message\":\"Invalid namespace\"}", "452-[\"a\",{\"_placeholder\":true,\"num\":0},{\"b\":{\"_placeholder\":true,\"num\":1}}]",
            }.Select(text => Encoding.UTF8.GetBytes(text[1..])),
        ];
        new MutationFuzzer(corpus, seed: 5).Run(MutationFuzzer.Inputs(200_000), input =>
        {
            var decoder = new SocketIoDecoder();
            if (!decoder.TryText(input.Span, out var packet, out var error))
            {
                Assert.NotEqual(SocketIoError.None, error);
                return;
            }

            for (var i = 0; i < SocketIoCodec.MaxAttachments && packet is null && error == SocketIoError.None; i++)
            {
                decoder.TryBinary(new byte[i], out packet, out error);
            }

            if (packet is not null)
            {
                var first = Encode(packet, out var attachments);
                var again = Decode(first, [.. attachments.Select(attachment => attachment.ToArray())]);
                Assert.Equal(first, Encode(again, out _));
            }
        });
    }

    [Fact]
    public void Open_IsReadAndWritten()
    {
        var text = "0{\"sid\":\"bYLdab2twQeD3zo2AAAA\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":8000000}"u8;
        Assert.True(EngineIoOpen.TryParse(text[1..], out var open));
        Assert.Equal(new EngineIoOpen("bYLdab2twQeD3zo2AAAA", TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(20), 8_000_000), open);
        var written = new ArrayBufferWriter<byte>();
        open.Write(written);
        Assert.True(text.SequenceEqual(written.WrittenSpan));
        Assert.False(EngineIoOpen.TryParse("{\"sid\":\"a\",\"pingInterval\":0,\"pingTimeout\":20000}"u8, out _));
        Assert.False(EngineIoOpen.TryParse("{\"sid\":\"a\",\"pingInterval\":1e300,\"pingTimeout\":20000}"u8, out _));
    }

    private static void Replay(JsonElement frame, string connection, Dictionary<string, (SocketIoDecoder Decoder, string Text)> decoders)
    {
        if (!decoders.TryGetValue(connection, out var state))
        {
            state = (new SocketIoDecoder(), "");
        }

        SocketIoPacket? packet;
        SocketIoError error;
        if (frame.GetProperty("type").GetString() == "text")
        {
            var text = frame.GetProperty("text").GetString()!;
            if (text[0] != '4')
            {
                return;
            }

            Assert.True(state.Decoder.TryText(Encoding.UTF8.GetBytes(text[1..]), out packet, out error), $"{text}: {error}");
            decoders[connection] = (state.Decoder, text);
        }
        else
        {
            Assert.True(state.Decoder.TryBinary(Convert.FromHexString(frame.GetProperty("hex").GetString()!), out packet, out error), $"{error}");
        }

        if (packet is not null)
        {
            Assert.Equal(decoders[connection].Text, Encode(packet, out var attachments));
            if (attachments.Count > 0)
            {
                Assert.Equal(frame.GetProperty("hex").GetString(), Convert.ToHexStringLower(attachments[^1].Span));
            }
        }
    }

    private static SocketIoPacket Decode(string text, params byte[][] attachments)
    {
        var decoder = new SocketIoDecoder();
        Assert.True(decoder.TryText(Encoding.UTF8.GetBytes(text).AsSpan(1), out var packet, out _));
        for (var i = 0; packet is null; i++)
        {
            Assert.True(decoder.TryBinary(attachments[i], out packet, out _));
        }

        return packet;
    }

    private static string Encode(SocketIoPacket packet, out List<ReadOnlyMemory<byte>> attachments)
    {
        var text = new ArrayBufferWriter<byte>();
        attachments = [];
        SocketIoCodec.Encode(packet, text, attachments);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
