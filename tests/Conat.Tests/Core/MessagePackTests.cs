using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.MessagePack;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Core;

public sealed class MessagePackTests
{
    [Fact]
    public void Encode_GivesTheReferencesBytes()
    {
        foreach (var item in Vectors.Load("msgpack").GetProperty("encode").EnumerateArray().Where(item => WireVectors.IsOurs(item.GetProperty("value"))))
        {
            var name = item.GetProperty("name").GetString();
            var value = WireVectors.Read(item.GetProperty("value")) ?? WireValue.Null;
            if (item.TryGetProperty("encodeError", out var encodeError))
            {
                Assert.Equal(encodeError.GetString(), "Error: " + Assert.Throws<ConatException>(() => MessagePackCodec.Encode(value)).Message);
                continue;
            }

            var hex = item.GetProperty("hex").GetString()!;
            Assert.True(hex == Convert.ToHexStringLower(MessagePackCodec.Encode(value)), name);
            var decoded = item.TryGetProperty("decoded", out var different) ? WireVectors.Read(different)! : value;
            AssertDecodes(hex, decoded, name!);
        }
    }

    [Fact]
    public void Decode_TakesAndRefusesWhatTheReferenceDoes()
    {
        foreach (var item in Vectors.Load("msgpack").GetProperty("decode").EnumerateArray())
        {
            var name = item.GetProperty("name").GetString()!;
            var hex = item.GetProperty("hex").GetString()!;
            if (item.TryGetProperty("decodeError", out _))
            {
                Assert.False(MessagePackCodec.TryDecode(Convert.FromHexString(hex), out _, out var error), name);
                Assert.NotEqual(MessagePackError.None, error);
            }
            else
            {
                AssertDecodes(hex, WireVectors.Read(item.GetProperty("decoded")) ?? WireValue.Null, name);
            }
        }
    }

    [Theory]
    [InlineData("0101", MessagePackError.TrailingBytes)]
    [InlineData("c1", MessagePackError.UnknownType)]
    [InlineData("81c001", MessagePackError.KeyType)]
    [InlineData("819001", MessagePackError.KeyType)]
    [InlineData("81a95f5f70726f746f5f5f01", MessagePackError.ForbiddenKey)]
    [InlineData("ddffffffff", MessagePackError.Truncated)]
    [InlineData("dfffffffff01", MessagePackError.Truncated)]
    [InlineData("dbffffffff61", MessagePackError.Truncated)]
    [InlineData("c6ffffffff61", MessagePackError.Truncated)]
    [InlineData("c9ffffffff0161", MessagePackError.Truncated)]
    [InlineData("c701ff00", MessagePackError.TimestampLength)]
    public void Malformed_HasItsError(string hex, MessagePackError expected)
    {
        Assert.False(MessagePackCodec.TryDecode(Convert.FromHexString(hex), out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void NumbersAsKeys_BecomeTextAndComeFirst()
    {
        // {"x":1, 2:2, 1.5:3, -1:4, 0:5}
        Assert.True(MessagePackCodec.TryDecode(Convert.FromHexString("85a178010202cb3ff800000000000003ff040005"), out var value, out _));
        Assert.Equal("{\"0\":5,\"2\":2,\"x\":1,\"1.5\":3,\"-1\":4}", value.ToString());
    }

    [Fact]
    public void Decode_IsBounded()
    {
        var deep = Enumerable.Repeat((byte)0x91, 2_000).Append((byte)1).ToArray();
        Assert.False(MessagePackCodec.TryDecode(deep, out _, out var error));
        Assert.Equal(MessagePackError.TooDeep, error);
        var many = new byte[] { 0xdc, 0x00, 0x20 }.Concat(new byte[0x20]).ToArray();
        Assert.False(MessagePackCodec.TryDecode(many, out _, out error, maxValues: 0x20));
        Assert.Equal(MessagePackError.TooManyValues, error);
        Assert.True(MessagePackCodec.TryDecode(many, out _, out _, maxValues: 0x21));
    }

    [Fact]
    public void Decode_OfNestedAnnouncements_AllocatesLittle()
    {
        // Lists that each announce as many items as bytes follow.
        var bomb = new byte[900 * 5];
        for (var i = 0; i < bomb.Length; i += 5)
        {
            bomb[i] = 0xdd;
            bomb[i + 3] = (byte)((bomb.Length - i - 5) >> 8);
            bomb[i + 4] = (byte)(bomb.Length - i - 5);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(MessagePackCodec.TryDecode(bomb, out _, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void LongText_IsOneText()
    {
        var pieces = new WireValue.LongText([Encoding.UTF8.GetBytes("é"), Encoding.UTF8.GetBytes(new string('x', 300))]);
        Assert.Equal(MessagePackCodec.Encode("é" + new string('x', 300)), MessagePackCodec.Encode(pieces));
    }

    [Fact]
    public void DecodeOfEncode_GivesTheValue() =>
        Prop.ForAll(Values().ToArbitrary(), value =>
        {
            var bytes = MessagePackCodec.Encode(value);
            return MessagePackCodec.TryDecode(bytes, out var again, out _) && bytes.AsSpan().SequenceEqual(MessagePackCodec.Encode(again));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void MutatedBytes_NeverThrow()
    {
        var corpus = Vectors.Load("msgpack").GetProperty("encode").EnumerateArray().Where(item => item.TryGetProperty("hex", out _))
            .Select(item => Convert.FromHexString(item.GetProperty("hex").GetString()!)).ToList();
        new MutationFuzzer(corpus, seed: 6).Run(MutationFuzzer.Inputs(300_000), input =>
        {
            if (!MessagePackCodec.TryDecode(input, out var value, out var error))
            {
                Assert.NotEqual(MessagePackError.None, error);
                return;
            }

            byte[] bytes;
            try
            {
                bytes = MessagePackCodec.Encode(value);
            }
            catch (ConatException)
            {
                // Deeper than what may be written.
                return;
            }

            Assert.True(MessagePackCodec.TryDecode(bytes, out var again, out _));
            Assert.True(bytes.AsSpan().SequenceEqual(MessagePackCodec.Encode(again)));
        });
    }

    private static void AssertDecodes(string hex, WireValue expected, string name)
    {
        Assert.True(MessagePackCodec.TryDecode(Convert.FromHexString(hex), out var value, out _), name);
        Assert.True(Canonical(expected) == Canonical(value), name);
    }

    /// <summary>What is the same for equal values.</summary>
    private static string Canonical(WireValue value) => Convert.ToHexStringLower(MessagePackCodec.Encode(value));

    private static Gen<WireValue> Values() => Gen.Sized(size => Value(Math.Min(size, 4)));

    private static Gen<WireValue> Value(int depth)
    {
        var text = ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "");
        var scalar = Gen.OneOf(
            Gen.Constant<WireValue>(WireValue.Null),
            ArbMap.Default.GeneratorFor<double>().Select(number => (WireValue)number),
            ArbMap.Default.GeneratorFor<int>().Select(number => (WireValue)number),
            ArbMap.Default.GeneratorFor<long>().Select(number => (WireValue)number),
            ArbMap.Default.GeneratorFor<bool>().Select(flag => (WireValue)flag),
            text.Select(text => (WireValue)text),
            ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => (WireValue)new WireValue.Bytes(bytes ?? [])),
            Gen.Choose(-2_000_000_000, 2_000_000_000).Select(ms => (WireValue)new WireValue.Date(DateTimeOffset.FromUnixTimeMilliseconds(ms * 30L))));
        return depth == 0
            ? scalar
            : Gen.OneOf(
                scalar,
                Gen.ListOf(Value(depth - 1), 3).Select(items => (WireValue)new WireValue.Items([.. items])),
                Gen.ListOf(text.Where(name => name != "__proto__").SelectMany(_ => Value(depth - 1), (name, value) => KeyValuePair.Create(name, value)), 3)
                    .Select(members => (WireValue)new WireValue.Members([.. members])));
    }
}
