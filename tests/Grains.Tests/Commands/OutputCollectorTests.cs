using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ProjectSilo.Grains.Commands;

namespace ProjectSilo.Grains.Tests.Commands;

/// <summary>Output, against the simple way: decode everything at once, then cut (spec 09 §1.6).</summary>
public sealed class OutputCollectorTests
{
    /// <summary>Text with characters of all lengths, and bytes that are none.</summary>
    private static readonly Gen<byte[]> Output = Gen.OneOf(
        Gen.Elements("a", "é", "€", "😀", "\n").Select(Encoding.UTF8.GetBytes),
        Gen.Elements("F09F98", "E282", "C3", "80", "FF", "EDA080", "F0", "F4908080").Select(Convert.FromHexString))
        .ListOf().Select(parts => parts.SelectMany(part => part).ToArray());

    [Fact]
    public void Text_IsAsDecodedAtOnceAndCut() => Prop
        .ForAll(Output.ToArbitrary(), Gen.Choose(1, 5).ArrayOf().ToArbitrary(), Gen.Choose(0, 40).ToArbitrary(), (bytes, chunks, limit) =>
        {
            var collector = new OutputCollector(limit);
            var followed = new StringBuilder();
            var position = 0;
            var rest = bytes.AsSpan();
            for (var i = 0; rest.Length > 0; i++)
            {
                var count = Math.Min(rest.Length, chunks.Length == 0 ? rest.Length : chunks[i % chunks.Length]);
                collector.Append(rest[..count]);
                rest = rest[count..];
                followed.Append(collector.From(position).ToString());
                position = collector.ByteCount;
            }

            collector.Append([]);
            followed.Append(collector.From(position).ToString());

            var (text, marked) = Model(bytes, limit);
            Assert.Equal(text, collector.ToString());
            Assert.Equal(text, followed.ToString());
            Assert.Equal(Encoding.UTF8.GetByteCount(text), collector.ByteCount);
            Assert.Equal(marked, collector.Marked().ToString());
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Theory]
    [InlineData("abc", 3, "abc (truncated at 3 characters)")]
    [InlineData("abc", 4, "abc")]
    [InlineData("abcd", 3, "abc (truncated at 3 characters)")]
    [InlineData("ab😀", 3, "ab (truncated at 3 characters)")]
    [InlineData("ab😀", 4, "ab😀 (truncated at 4 characters)")]
    [InlineData("", 0, " (truncated at 0 characters)")]
    public void Limit_CountsUtf16UnitsAndNeverHalvesAPair(string output, int limit, string expected)
    {
        var collector = new OutputCollector(limit);
        collector.Append(Encoding.UTF8.GetBytes(output));
        collector.Append([]);
        Assert.Equal(expected, collector.Marked().ToString());
    }

    [Fact]
    public async Task Readers_SeeOnlyWhatStays()
    {
        var collector = new OutputCollector(100_000);
        var reader = Task.Run(() =>
        {
            var seen = "";
            while (seen.Length < 100_000)
            {
                var now = collector.ToString();
                Assert.StartsWith(seen, now, StringComparison.Ordinal);
                seen = now;
            }
        });
        for (var i = 0; i < 10_000; i++)
        {
            collector.Append("0123456789"u8);
        }

        await reader.WaitAsync(ProjectSilo.Tests.Bounded.Limit);
    }

    private static (string Text, string Marked) Model(byte[] bytes, int limit)
    {
        var all = Encoding.UTF8.GetString(bytes);
        if (all.Length < limit)
        {
            return (all, all);
        }

        var text = all[..limit];
        text = text.Length > 0 && char.IsHighSurrogate(text[^1]) ? text[..^1] : text;
        return (text, $"{text} (truncated at {limit} characters)");
    }
}
