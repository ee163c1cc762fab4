using System.Text;
using ProjectSilo.Grains.Commands;

namespace ProjectSilo.Grains.Tests.Commands;

public sealed class TextBufferTests
{
    [Fact]
    public void From_AnyPosition_GivesTheRestAndTheSuffix()
    {
        var buffer = new TextBuffer();
        var expected = new StringBuilder();
        foreach (var length in (int[])[0, 1, 255, 300, 7, 40_000, 3, 1_200_000, 600_000, 5])
        {
            var text = string.Concat(Enumerable.Range(expected.Length, length).Select(i => (char)('a' + (i % 26))));
            buffer.Append(text);
            expected.Append(text);
        }

        var whole = expected.ToString();
        Assert.Equal(whole.Length, buffer.Length);
        Assert.All(
            (int[])[0, 1, 255, 256, 257, 40_000, 562_000, 1_800_000, whole.Length - 1, whole.Length],
            position => Assert.Equal(whole[position..] + "!", buffer.From(position, "!")));
        Assert.Equal("", buffer.From(whole.Length + 1));
    }

    [Fact]
    public void From_Empty_IsTheSuffix()
    {
        Assert.Equal("", new TextBuffer().From(0));
        Assert.Equal("!", new TextBuffer().From(0, "!"));
    }
}
