using System.Text.Json;
using ProjectSilo.Gateways.Json;

namespace ProjectSilo.Gateways.Tests.Json;

public sealed class WireJsonTests
{
    // Odd, so that pairs and escapes fall on every border of the pieces in which long texts are written.
    [Theory]
    [InlineData("x")]
    [InlineData("\n\"x")]
    [InlineData("é")]
    [InlineData("x\U0001F600")]
    [InlineData("xy\U0001F600")]
    [InlineData("x\ud83dy")]
    public void Write_LongText_IsWrittenWhole(string repeated)
    {
        var text = string.Concat(Enumerable.Repeat(repeated, 50_000));

        var json = WireJson.ToText(text);

        // The parser refuses nothing that the writer wrote; a lone surrogate has become U+FFFD, as in short texts.
        Assert.Equal(text.Replace("\ud83dy", "\ufffdy", StringComparison.Ordinal), JsonDocument.Parse(json).RootElement.GetString());
    }
}
