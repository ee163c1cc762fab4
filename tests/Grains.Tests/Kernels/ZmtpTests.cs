using System.Buffers;
using System.Text;
using ProjectSilo.Grains.Kernels.Zmtp;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>ZMTP's bytes (spec 10 §4.3).</summary>
public sealed class ZmtpTests
{
    private const int MaxMessageBytes = 1000;

    private static readonly byte[] Hello = [1, 5, .. "hello"u8, 0, 5, .. "world"u8];
    private static readonly byte[] Ping = [4, 11, 4, .. "PING"u8, 0, 10, .. "what"u8];

    [Fact]
    public void Greeting_IsOfVersion30WithoutSecurity()
    {
        var greeting = ZmtpGreeting.Ours.Span;
        Assert.Equal("FF00000000000000017F03004E554C4C" + new string('0', 96), Convert.ToHexString(greeting));
        for (var length = 0; length < greeting.Length; length++)
        {
            Assert.Equal(OperationStatus.NeedMoreData, ZmtpGreeting.Check(greeting[..length]));
        }

        Assert.Equal(OperationStatus.Done, ZmtpGreeting.Check(greeting));
    }

    [Theory]
    [InlineData(0, 0x01, false)]
    [InlineData(3, 0xAA, true)]
    [InlineData(9, 0x00, false)]
    [InlineData(10, 0x02, false)]
    [InlineData(10, 0x04, true)]
    [InlineData(11, 0x01, true)]
    [InlineData(12, (byte)'n', false)]
    [InlineData(16, (byte)'x', false)]
    [InlineData(32, 0x01, true)]
    [InlineData(63, 0x01, true)]
    public void Greeting_OfAnother_IsChecked(int at, byte value, bool isGood)
    {
        var greeting = ZmtpGreeting.Ours.ToArray();
        greeting[at] = value;
        Assert.Equal(isGood ? OperationStatus.Done : OperationStatus.InvalidData, ZmtpGreeting.Check(greeting));
        Assert.Equal(isGood ? OperationStatus.NeedMoreData : OperationStatus.InvalidData, ZmtpGreeting.Check(greeting.AsSpan(0, Math.Min(at + 1, 63))));
    }

    [Fact]
    public void Ready_HasTypeAndIdentity()
    {
        var output = new ArrayBufferWriter<byte>();
        ZmtpCommand.WriteReady(ZmtpSocketType.Sub, "", output);
        Assert.Equal("04190552454144590b536f636b65742d5479706500000003535542", Convert.ToHexStringLower(output.WrittenSpan));
        output.ResetWrittenCount();
        ZmtpCommand.WriteReady(ZmtpSocketType.Dealer, "é", output);
        Assert.EndsWith("08" + Convert.ToHexStringLower("Identity"u8) + "00000002c3a9", Convert.ToHexStringLower(output.WrittenSpan), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0b536f636b65742d5479706500000003505542", true)] // Socket-Type PUB
    [InlineData("0b736f636b65742d7479706500000003505542", true)] // socket-type PUB
    [InlineData("0158000000000b536f636b65742d547970650000000458505542", true)] // X "", Socket-Type XPUB
    [InlineData("0b536f636b65742d5479706500000003505543", false)] // PUC
    [InlineData("0b536f636b65742d5479706500000004505542", false)]
    [InlineData("0b536f636b65742d54797065ffffffff505542", false)]
    [InlineData("0b536f636b65742d547970650000", false)]
    [InlineData("00", false)]
    [InlineData("ff", false)]
    [InlineData("", false)]
    public void Ready_OfAnother_IsChecked(string data, bool isGood) => Assert.Equal(isGood, ZmtpCommand.IsReadyFor(ZmtpSocketType.Sub, Convert.FromHexString(data)));

    [Theory]
    [InlineData("0000", "04050450" + "4f4e47")]
    [InlineData("ffff6162", "040704504f4e476162")]
    [InlineData("000030313233343536373839414243444546", "041504504f4e4730313233343536373839414243444546")]
    [InlineData("00003031323334353637383941424344454647", null)]
    [InlineData("00", null)]
    public void Ping_IsAnsweredWithItsContext(string data, string? pong)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.Equal(pong is not null, ZmtpCommand.TryWritePong(Convert.FromHexString(data), output));
        Assert.Equal(pong ?? "", Convert.ToHexStringLower(output.WrittenSpan));
    }

    [Theory]
    [InlineData("", OperationStatus.NeedMoreData)]
    [InlineData("00", OperationStatus.NeedMoreData)]
    [InlineData("0205", OperationStatus.NeedMoreData)]
    [InlineData("0005", OperationStatus.Done)]
    [InlineData("037fffffffffffffff", OperationStatus.Done)]
    [InlineData("038000000000000000", OperationStatus.InvalidData)]
    [InlineData("08", OperationStatus.InvalidData)]
    [InlineData("05", OperationStatus.InvalidData)]
    [InlineData("ff", OperationStatus.InvalidData)]
    public void Frame_IsChecked(string bytes, OperationStatus status) => Assert.Equal(status, ZmtpFrame.TryRead(Convert.FromHexString(bytes), out _));

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(70_000)]
    public void Frame_SurvivesARoundTrip(int length)
    {
        var message = ZmtpMessage.Of(new byte[length], [1]);
        Assert.Equal(length > 255 ? 9 : 2, message.Wire.Length - length - 3);
        Assert.Equal([$"message {length} 1"], Decode(message.Wire.Span, 100_000, _ => 1000));
    }

    [Fact]
    public void Command_BetweenFrames_IsTakenOut()
    {
        byte[] bytes = [.. Ping, .. Hello[..7], .. Ping, .. Ping, .. Hello[7..], .. Hello];
        for (var size = 1; size <= bytes.Length; size++)
        {
            Assert.Equal(["PING", "PING", "PING", "message 5 5", "message 5 5"], Decode(bytes, MaxMessageBytes, _ => size));
        }
    }

    [Fact]
    public void MessageThatIsTooLarge_IsPassed()
    {
        var large = ZmtpMessage.Of([1], new byte[600], new byte[600], [2]).Wire.ToArray();
        byte[] bytes = [.. Hello, .. large, .. Hello, .. ZmtpMessage.Of(new byte[10_000]).Wire.Span, .. Ping, .. Hello];
        for (var size = 1; size <= 1500; size += 7)
        {
            Assert.Equal(["message 5 5", "too large", "message 5 5", "too large", "PING", "message 5 5"], Decode(bytes, MaxMessageBytes, _ => size));
        }
    }

    [Fact]
    public void MessageOfTooManyFrames_IsPassed()
    {
        var bytes = new byte[(2 * ZmtpDecoder.MaxFrames) + 2];
        for (var i = 0; i < bytes.Length - 2; i += 2)
        {
            bytes[i] = 1;
        }

        Assert.Equal(["too large", "message 5 5"], Decode([.. bytes, .. Hello], 1_000_000, _ => 4096));
        Assert.StartsWith("message 0 0 0", Assert.Single(Decode(bytes.AsSpan(2), 1_000_000, _ => 4096)), StringComparison.Ordinal);
    }

    [Fact]
    public void LargeMessages_KeepTheirBytes()
    {
        var random = new Random(7);
        var sent = new List<byte[]>();
        foreach (var length in (int[])[100, 70_000, 3, 1_000_000, 65_530, 300_000, 0, 2_000_000, 10])
        {
            sent.Add(new byte[length]);
            random.NextBytes(sent[^1]);
        }

        var wire = new ArrayBufferWriter<byte>();
        foreach (var bytes in sent)
        {
            wire.Write(ZmtpMessage.Of([1, 2, 3], bytes, bytes[..(bytes.Length / 3)], []).Wire.Span);
        }

        var decoder = new ZmtpDecoder(10_000_000);
        var received = new List<ZmtpMessage>();
        for (var rest = wire.WrittenSpan; !rest.IsEmpty;)
        {
            rest = Feed(decoder, rest, random.Next(200_000));
            while (decoder.Read() == ZmtpEvent.Message)
            {
                received.Add(decoder.Message);
            }
        }

        // Looked at only now: what was handed out mustn't be overwritten by what came later.
        Assert.Equal(sent, received.Select(message => Frames(message)[1]));
        Assert.True(decoder.Release());
    }

    [Fact]
    public void MutatedBytes_DecodeTheSameInAnyPieces()
    {
        byte[][] corpus =
        [
            [.. Hello, .. Ping, .. Hello], [.. Hello[..7], .. Ping, .. Hello[7..], .. ZmtpMessage.Of(new byte[300], new byte[256]).Wire.Span], ZmtpMessage.Of(new byte[2000], [1]).Wire.ToArray(),
            [.. ZmtpMessage.Of([1], new byte[600], new byte[600], [2]).Wire.Span, .. Hello],
        ];
        new MutationFuzzer(corpus, seed: 20261128).Run(MutationFuzzer.Inputs(usual: 100_000), input =>
        {
            var whole = Decode(input.Span, MaxMessageBytes, _ => int.MaxValue);
            var state = (uint)input.Length;
            Assert.Equal(whole, Decode(input.Span, MaxMessageBytes, _ => (int)((state = (state * 1664525) + 1013904223) >> 24) % 40));
        });
    }

    [Fact]
    public void MutatedHandshakes_AreReadOrRefused()
    {
        var ready = new ArrayBufferWriter<byte>();
        ZmtpCommand.WriteReady(ZmtpSocketType.Dealer, "identity", ready);
        new MutationFuzzer([ZmtpGreeting.Ours.ToArray(), ready.WrittenSpan[2..].ToArray(), Ping[2..]], seed: 3).Run(MutationFuzzer.Inputs(usual: 200_000), input =>
        {
            ZmtpGreeting.Check(input.Span);
            if (ZmtpCommand.TryParse(input.Span, out _, out var data))
            {
                ZmtpCommand.IsReadyFor(ZmtpSocketType.Dealer, data);
                ZmtpCommand.TryWritePong(data, new ArrayBufferWriter<byte>());
            }
        });
    }

    /// <summary>What a decoder makes of bytes that come in pieces of these lengths.</summary>
    private static List<string> Decode(ReadOnlySpan<byte> bytes, int maxMessageBytes, Func<int, int> length)
    {
        var decoder = new ZmtpDecoder(maxMessageBytes);
        var events = new List<string>();
        for (var n = 0; !bytes.IsEmpty; n++)
        {
            bytes = Feed(decoder, bytes, length(n));
            for (var found = decoder.Read(); found != ZmtpEvent.NeedMoreData; found = decoder.Read())
            {
                events.Add(found switch
                {
                    ZmtpEvent.Message => "message " + string.Join(' ', Frames(decoder.Message).Select(frame => frame.Length)),
                    ZmtpEvent.Command => ZmtpCommand.TryParse(decoder.Command.Span, out var name, out _) ? Encoding.Latin1.GetString(name) : "bad command",
                    ZmtpEvent.TooLarge => "too large",
                    _ => "invalid",
                });
                if (found == ZmtpEvent.Invalid)
                {
                    return events;
                }
            }

            decoder.Release();
        }

        return events;
    }

    private static ReadOnlySpan<byte> Feed(ZmtpDecoder decoder, ReadOnlySpan<byte> bytes, int count)
    {
        var memory = decoder.GetMemory();
        count = Math.Min(Math.Min(count, bytes.Length), memory.Length);
        bytes[..count].CopyTo(memory.Span);
        decoder.Advance(count);
        return bytes[count..];
    }

    private static List<byte[]> Frames(ZmtpMessage message)
    {
        var frames = new List<byte[]>();
        foreach (var frame in message)
        {
            frames.Add(frame.ToArray());
        }

        return frames;
    }
}
