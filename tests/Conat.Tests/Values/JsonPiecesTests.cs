using System.Buffers;
using System.Text;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Tests.Values;

/// <summary>A message encoded piece by piece has the bytes that it has when it is encoded at once.</summary>
public sealed class JsonPiecesTests
{
    private static readonly string Large = string.Concat(Enumerable.Repeat("line \"1\"\n\0é€😀\\", 20_000));

    public static TheoryData<string> Texts => ["", "short", Large, "😀" + Large, "\ud800" + Large + "\udc00"];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Pieces_OfString_AreTheSameBytes(string text) =>
        AssertSame(new WireObject { ["a"] = 1, ["text"] = text, ["items"] = new WireValue.Items([text, true]) });

    [Theory]
    [MemberData(nameof(Texts))]
    public void Pieces_OfLongText_AreTheSameBytes(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var value = new WireValue.LongText([bytes, "x"u8.ToArray(), bytes]);
        AssertSame(new WireObject { ["stdout"] = value, ["stderr"] = new WireValue.LongText([]), ["exit_code"] = 0 });
        Assert.Equal(Encoding.UTF8.GetString(bytes) + "x" + Encoding.UTF8.GetString(bytes), Parsed(new WireObject { ["stdout"] = value }.Build())["stdout"].AsText());
    }

    [Fact]
    public void Pieces_OfNoMembers_IsTheEmptyObject() => AssertSame([]);

    private static void AssertSame(WireObject message)
    {
        var value = message.Build();
        var expected = new ArrayBufferWriter<byte>();
        WireJson.Write(value, expected);
        var actual = new ArrayBufferWriter<byte>();
        foreach (var piece in WireJson.Pieces(value))
        {
            actual.Write(piece.Span);
        }

        Assert.True(expected.WrittenSpan.SequenceEqual(actual.WrittenSpan));
    }

    private static WireValue.Members Parsed(WireValue.Members message)
    {
        Assert.True(WireJson.TryParse(Encoding.UTF8.GetBytes(message.ToString()), out var value));
        return Assert.IsType<WireValue.Members>(value);
    }
}
