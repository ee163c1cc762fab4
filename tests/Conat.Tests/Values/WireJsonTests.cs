using System.Buffers;
using System.Text;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Tests.Values;

public sealed class WireJsonTests
{
    [Theory]
    [InlineData("1e400", "null")]
    [InlineData("-1e400", "null")]
    [InlineData("-0", "0")]
    [InlineData("1e21", "1e+21")]
    [InlineData("123456789012345678901", "123456789012345680000")]
    [InlineData("9007199254740993", "9007199254740992")]
    [InlineData("0.000001", "0.000001")]
    [InlineData("0.0000001", "1e-7")]
    [InlineData("1E-7", "1e-7")]
    [InlineData("5e-324", "5e-324")]
    [InlineData("1e-400", "0")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157e+308")]
    [InlineData("1.5", "1.5")]
    [InlineData("100", "100")]
    public void Numbers_AreDoublesAndPrintedAsJavaScriptPrintsThem(string json, string expected) => Assert.Equal(expected, RoundTrip(json));

    [Theory]
    [InlineData("\"\\ud800\"", "\"\\ud800\"")]
    [InlineData("\"a\\uDC00b\"", "\"a\\udc00b\"")]
    [InlineData("\"\\ud83d\\ude00\"", "\"😀\"")]
    [InlineData("\"\\ude00\\ud83d\"", "\"\\ude00\\ud83d\"")]
    [InlineData("\"\\u2028\\ue000\\u007f\\u00e9</script>&'+\"", "\"\u2028\ue000\u007fé</script>&'+\"")]
    [InlineData("\"\\u001f\\b\\f\\n\\r\\t\\/\\\\\\\"\"", "\"\\u001f\\b\\f\\n\\r\\t/\\\\\\\"\"")]
    [InlineData("{\"\\ud800\":1}", "{\"\\ud800\":1}")]
    public void Text_IsEscapedOnlyWhereJavaScriptEscapes(string json, string expected) => Assert.Equal(expected, RoundTrip(json));

    [Theory]
    [InlineData("22c328 22", "22efbfbd28 22")]
    [InlineData("22ff22", "22efbfbd22")]
    [InlineData("22e28222", "22efbfbd22")]
    [InlineData("22eda08022", "22efbfbdefbfbdefbfbd22")]
    public void InvalidUtf8_BecomesReplacementCharacters(string hex, string expected)
    {
        Assert.True(WireJson.TryParse(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), out var value));
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexStringLower(Encoding.UTF8.GetBytes(WireJson.ToText(value))));
    }

    [Theory]
    [InlineData("x", "x")]
    [InlineData("a line of a text\\n", "a line of a text\n")]
    [InlineData("é€😀", "é€😀")]
    [InlineData("\\u00e9\\u20ac\\u0000\\t", "é€\0\t")]
    [InlineData("a\\ud83d\\ude00", "a😀")]
    [InlineData("a\\ud800", "a<lone>")]
    public void LargeText_IsTheSameAsStringAndAsUtf8(string escaped, string expected)
    {
        // An attribute can't hold one.
        expected = expected.Replace("<lone>", "\ud800", StringComparison.Ordinal);
        // Beginnings of all lengths up to that of a character, so that some character straddles each border of pieces.
        foreach (var begin in new[] { "", "a", "ab", "abc" })
        {
            var text = begin + string.Concat(Enumerable.Repeat(expected, 70_000));
            var json = Encoding.UTF8.GetBytes($"[\"{begin}{string.Concat(Enumerable.Repeat(escaped, 70_000))}\",1]");

            Assert.True(WireJson.TryParse(json, out var value));

            var parsed = Assert.IsType<WireValue.Text>(Assert.IsType<WireValue.Items>(value).Values[0]);
            Assert.All(parsed.ToUtf8(), piece => Assert.True(System.Text.Unicode.Utf8.IsValid(piece.Span)));
            Assert.True(Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(parsed.ToUtf8().SelectMany(piece => piece.ToArray()).ToArray()));
            Assert.True(text == parsed.Value);
            Assert.Equal(new WireValue.Text(text), parsed);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\"")]
    [InlineData("\\x\"")]
    [InlineData("\\")]
    [InlineData("\\u12")]
    [InlineData("\"x")]
    public void LargeText_ThatIsMalformed_IsRefused(string end) =>
        Assert.False(WireJson.TryParse(Encoding.UTF8.GetBytes("\"" + new string('x', 200_000) + end), out _));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\ufeff{}")]
    [InlineData("{} x")]
    [InlineData("{}{}")]
    [InlineData("[1,]")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{a:1}")]
    [InlineData("{\"a\"}")]
    [InlineData("{,}")]
    [InlineData("[")]
    [InlineData("\"a")]
    [InlineData("\"\\")]
    [InlineData("\"\\u12\"")]
    [InlineData("\"\\u12g4\"")]
    [InlineData("\"\\u+123\"")]
    [InlineData("\"\\x\"")]
    [InlineData("\"\n\"")]
    [InlineData("01")]
    [InlineData("+1")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("-")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("tru")]
    [InlineData("nulls")]
    [InlineData("'a'")]
    [InlineData("1 // comment")]
    [InlineData("\u00a01")]
    public void WhatIsNotJson_IsRefused(string text) => Assert.False(WireJson.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void OfTwoMembersWithOneName_TheLastCounts()
    {
        var value = Assert.IsType<WireValue.Members>(Parse("{\"a\":1,\"b\":2,\"a\":3}"));
        Assert.Equal(3, value["a"].AsNumber());
        Assert.Equal("{\"a\":3,\"b\":2}", WireJson.ToCanonicalText(value));
    }

    [Fact]
    public void Nesting_IsTakenToTheLimitAndRefusedBeyond()
    {
        foreach (var (open, close) in new[] { ("[", "]"), ("{\"a\":", "}") })
        {
            var inner = open == "[" ? "" : "0";
            Assert.True(WireJson.TryParse(Nested(open, inner, close, WireJson.MaxDepth), out var value));
            Assert.Equal(WireJson.MaxDepth * (open.Length + close.Length) + inner.Length, WireJson.ToText(value).Length);
            Assert.False(WireJson.TryParse(Nested(open, inner, close, WireJson.MaxDepth + 1), out _));
            Assert.False(WireJson.TryParse(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(open, 1_000_000))), out _));
        }
    }

    [Fact]
    public void Infinities_AreWrittenAsNull() => Assert.Equal(
        "[null,null,null]",
        WireJson.ToText(new WireValue.Items([double.NaN, double.PositiveInfinity, double.NegativeInfinity])));

    [Fact]
    public void LongText_IsWrittenWhole()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => i % 97 == 0 ? "\ud800" : i % 31 == 0 ? "😀\"" : "é"));
        Assert.Equal(text, Parse(WireJson.ToText(text)).AsText());
    }

    [Fact]
    public void CanonicalText_SortsByCodeUnitsAtEveryLevelAndLeavesOutOnlyTopMembers() => Assert.Equal(
        "{\"A\":[{\"a\":1,\"b\":{\"c\":1,\"x\":2}}],\"a\":1,\"\ud83d\ude00\":2,\"\uffff\":3}",
        WireJson.ToCanonicalText(Parse("{\"\uffff\":3,\"😀\":2,\"x\":0,\"a\":1,\"A\":[{\"b\":{\"x\":2,\"c\":1},\"a\":1}]}"), "x"));

    [Fact]
    public void Segments_MakeNoDifference()
    {
        var json = Encoding.UTF8.GetBytes("{\"a\":[1,\"é😀\",null,true]}");
        for (var i = 0; i < json.Length; i++)
        {
            Assert.True(WireJson.TryParse(ProjectSilo.Tests.Segments.Of(json, i, 1), out var value));
            Assert.Equal("{\"a\":[1,\"é😀\",null,true]}", WireJson.ToText(value));
        }

        Assert.False(WireJson.TryParse(ReadOnlySequence<byte>.Empty, out _));
    }

    private static byte[] Nested(string open, string inner, string close, int depth) =>
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(open, depth)) + inner + string.Concat(Enumerable.Repeat(close, depth)));

    private static WireValue Parse(string json)
    {
        Assert.True(WireJson.TryParse(Encoding.UTF8.GetBytes(json), out var value));
        return value;
    }

    private static string RoundTrip(string json) => WireJson.ToText(Parse(json));
}
