using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Hub;

public sealed class HubFrameCodecTests
{
    private const long MaxFrameBytes = 1 << 20;

    private static readonly Arbitrary<byte[]> Bytes = ArbMap.Default.ArbFor<byte[]>();
    private static readonly Arbitrary<int[]> Lengths = Gen.Choose(0, 7).ArrayOf().ToArbitrary();

    [Fact]
    public void Write_OfEveryVectorThatWasRead_GivesItsBytes() => Assert.All(HubVectorFrames.All, bytes =>
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        Assert.Equal(HubFrameStatus.Complete, HubFrameCodec.TryRead(ref buffer, MaxFrameBytes, out var frame));
        Assert.True(buffer.IsEmpty);

        var output = new ArrayBufferWriter<byte>();
        if (frame.Type == HubFrame.Json)
        {
            Assert.True(WireJson.TryParse(frame.Payload, out var value));
            HubFrameCodec.WriteJson(value, output);
        }
        else
        {
            Assert.True(HubFrameCodec.TryReadBlob(frame.Payload, out var uuid, out var content));
            HubFrameCodec.WriteBlob(uuid, content.ToArray(), output);
        }

        Assert.Equal(Convert.ToHexStringLower(bytes), Convert.ToHexStringLower(output.WrittenSpan));
    });

    [Fact]
    public void Read_OfWrittenFrames_GivesThemBackHoweverTheyAreCut() => Prop
        .ForAll(Bytes, Lengths, (content, cuts) =>
        {
            var uuid = Guid.NewGuid().ToString();
            var output = new ArrayBufferWriter<byte>();
            HubFrameCodec.WriteBlob(uuid, content, output);
            HubFrameCodec.WriteJson(Encoding.Latin1.GetString(content), output);
            HubFrameCodec.WriteBlob(uuid, [], output);

            var rest = Segments.Of(output.WrittenMemory, cuts);
            var first = Read(ref rest);
            var second = Read(ref rest);
            var third = Read(ref rest);
            return rest.IsEmpty
                && first.Type == HubFrame.Blob && HubFrameCodec.TryReadBlob(first.Payload, out var firstUuid, out var read)
                && firstUuid == uuid && read.ToArray().SequenceEqual(content)
                && second.Type == HubFrame.Json && WireJson.TryParse(second.Payload, out var text) && text == Encoding.Latin1.GetString(content)
                && HubFrameCodec.TryReadBlob(third.Payload, out _, out var empty) && empty.IsEmpty;
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Read_OfAnyBytes_NeverThrowsAndDoesNotDependOnSegments() => Prop
        .ForAll(Bytes, Lengths, Gen.Choose(0, 5).ToArbitrary(), (bytes, cuts, zeros) =>
        {
            // Leading zeros make lengths that fit.
            bytes = [.. new byte[zeros], .. bytes];
            var whole = new ReadOnlySequence<byte>(bytes);
            var segmented = Segments.Of(bytes, cuts);
            while (true)
            {
                var before = whole.Length;
                var status = HubFrameCodec.TryRead(ref whole, MaxFrameBytes, out var expected);
                Assert.Equal(status, HubFrameCodec.TryRead(ref segmented, MaxFrameBytes, out var actual));
                Assert.Equal(whole.Length, segmented.Length);
                Assert.Equal(expected.Type, actual.Type);
                Assert.Equal(expected.Payload.ToArray(), actual.Payload.ToArray());
                if (status != HubFrameStatus.Complete)
                {
                    Assert.Equal(before, whole.Length);
                    return true;
                }

                Assert.True(whole.Length <= before - 4);
            }
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Read_OfAPrefix_WaitsForMore() => Assert.All(HubVectorFrames.All.Take(10), bytes =>
    {
        for (var length = 0; length < bytes.Length; length++)
        {
            var prefix = new ReadOnlySequence<byte>(bytes, 0, length);
            Assert.Equal(HubFrameStatus.Incomplete, HubFrameCodec.TryRead(ref prefix, MaxFrameBytes, out _));
            Assert.Equal(length, prefix.Length);
        }
    });

    [Theory]
    [InlineData("0000000a", 10, HubFrameStatus.Incomplete)]
    [InlineData("0000000b", 10, HubFrameStatus.TooLong)]
    [InlineData("7fffffff", 10, HubFrameStatus.TooLong)]
    [InlineData("80000000", 0x7fffffff, HubFrameStatus.TooLong)]
    [InlineData("ffffffff", 10, HubFrameStatus.TooLong)]
    [InlineData("ffffffff", 0xffffffff, HubFrameStatus.Incomplete)]
    [InlineData("00000000", 10, HubFrameStatus.Complete)]
    public void Read_KnowsTheLimitFromTheLengthAlone(string hex, long limit, HubFrameStatus expected)
    {
        var buffer = new ReadOnlySequence<byte>(Convert.FromHexString(hex));
        Assert.Equal(expected, HubFrameCodec.TryRead(ref buffer, limit, out _));
    }

    [Fact]
    public void WriteBlob_WithAUuidOfAnotherLength_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => HubFrameCodec.WriteBlob("short", [], new ArrayBufferWriter<byte>()));

    private static HubFrame Read(ref ReadOnlySequence<byte> buffer)
    {
        Assert.Equal(HubFrameStatus.Complete, HubFrameCodec.TryRead(ref buffer, MaxFrameBytes, out var frame));
        return frame;
    }
}
