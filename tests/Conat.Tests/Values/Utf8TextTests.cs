using System.Text;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Tests.Values;

/// <summary>A text that is written from UTF-8 has the same JSON as the same text from a string.</summary>
public sealed class Utf8TextTests
{
    [Fact]
    public void Write_OfUtf8_GivesWhatTheStringGives()
    {
        var everyCharacter = string.Concat(Enumerable.Range(0, 0x3000).Select(code => (char)code)) + "\U0001F600";
        foreach (var text in (string[])["", "\n", "plain", everyCharacter, new string('\u0001', 20_000), new string('x', 5_000) + "\"\\" + new string('é', 5_000)])
        {
            Assert.Equal(WireJson.ToText(text), WireJson.ToText(new WireValue.LongText([Encoding.UTF8.GetBytes(text)])));
        }
    }

    [Theory]
    [InlineData("\"\\\"", false)]
    [InlineData("\"\\", false)]
    [InlineData("\"\\n", false)]
    [InlineData("\"\\n\n\"", false)]
    [InlineData("\"\\nab\\u00e9\\\\\"", true)]
    public void TryParse_OfATextWithEscapes(string json, bool isText)
    {
        Assert.Equal(isText, WireJson.TryParse(Encoding.UTF8.GetBytes(json), out var value));
        if (isText)
        {
            Assert.Equal((WireValue)"\nabé\\", value);
        }
    }
}
