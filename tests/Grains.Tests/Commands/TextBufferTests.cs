using System.Text;
using ProjectSilo.Grains.Commands;

namespace ProjectSilo.Grains.Tests.Commands;

public sealed class TextBufferTests
{
    [Theory]
    [InlineData("abcdefghijklm")]
    [InlineData("aé€😀")]
    public void From_AnyCharacter_GivesTheRestInWholeCharacters(string alphabet)
    {
        var buffer = new TextBuffer();
        var expected = new StringBuilder();
        foreach (var repeats in (int[])[0, 1, 25, 300, 7, 4_000, 3, 120_000, 60_000, 5])
        {
            var text = string.Concat(Enumerable.Repeat(alphabet, repeats));
            buffer.Append(Encoding.UTF8.GetBytes(text));
            expected.Append(text);
        }

        var whole = expected.ToString();
        var bytes = Encoding.UTF8.GetByteCount(alphabet);
        Assert.Equal(bytes * (whole.Length / alphabet.Length), buffer.ByteCount);
        foreach (var repeat in (int[])[0, 1, 20, 400, 5_000, 184_000, (whole.Length / alphabet.Length) - 1])
        {
            var rest = buffer.From(repeat * bytes);
            Assert.Equal(whole[(repeat * alphabet.Length)..], rest.ToString());
            Assert.All(rest.Pieces, piece => Assert.True(System.Text.Unicode.Utf8.IsValid(piece.Span)));
        }

        Assert.Equal("", buffer.From(buffer.ByteCount).ToString());
    }

    [Fact]
    public void From_WhatWasTaken_StaysAsItIs()
    {
        var buffer = new TextBuffer();
        buffer.Append("one"u8);
        var taken = buffer.From(0);
        buffer.Append("two"u8);
        Assert.Equal("one", taken.ToString());
        Assert.Equal("onetwo", buffer.From(0).ToString());
    }
}
