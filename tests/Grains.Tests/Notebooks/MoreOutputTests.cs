using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Notebooks;

namespace ProjectSilo.Grains.Tests.Notebooks;

/// <summary>The bound of what a cell's record has no room for, and what is said of what is missing (spec 10 §8.1).</summary>
public sealed class MoreOutputTests
{
    private const int MaxLength = 100;

    private readonly MoreOutput _more = new(MaxLength);

    [Fact]
    public void BeyondTheBound_TheOldestAreDiscarded()
    {
        for (var i = 0; i < 30; i++)
        {
            Add($"{i:D2}{new string('x', 40)}");
        }

        var texts = Texts();
        var discarded = 30 - (texts.Length - 2);
        Assert.Equal($"WARNING: at least {discarded} intermediate output messages were discarded.\n", texts[0]);
        Assert.Equal(texts[0], texts[^1]);
        Assert.StartsWith($"{discarded:D2}", texts[1], StringComparison.Ordinal);
        Assert.InRange(_more.Read().Sum(message => OutputMessage.Length(message)), 1, (10 * MaxLength) + 300);
    }

    [Fact]
    public void OneDiscarded_IsNamedSo()
    {
        Add(new string('a', 20));
        for (var i = 0; i < 40; i++)
        {
            Add(new string('x', 20));
            if (Texts() is [var warning, ..] && warning.StartsWith("WARNING", StringComparison.Ordinal))
            {
                Assert.Equal("WARNING: at least 1 intermediate output message was discarded.\n", warning);
                return;
            }
        }

        Assert.Fail("nothing was discarded");
    }

    [Theory]
    [InlineData("""{"name":"stdout","text":"$"}""", "text")]
    [InlineData("""{"data":{"text/plain":"$"}}""", "data")]
    public void LongText_IsCutInsteadOfDropped(string message, string member)
    {
        Add(Items.Wire(message.Replace("$", new string('y', 950), StringComparison.Ordinal)));
        Add(new string('x', 60));
        var read = _more.Read();
        Assert.Equal("WARNING: some intermediate output was truncated.\n", read[0]["text"].AsText());
        var cut = member == "text" ? read[1]["text"].AsText()! : ((WireValue.Members)read[1]["data"])["text/plain"].AsText()!;
        Assert.EndsWith("y…", cut, StringComparison.Ordinal);
        Assert.Equal(4, read.Length);
        Assert.InRange(OutputMessage.Length(read[1]) + OutputMessage.Length(read[2]), 900, 10 * MaxLength);
    }

    [Fact]
    public void OneMessageBeyondTheBound_IsCut()
    {
        Add(new string('z', 5_000));
        var texts = Texts();
        Assert.Equal(3, texts.Length);
        Assert.InRange(texts[1].Length, 900, 1_000);
    }

    private string[] Texts() => [.. _more.Read().Select(message => message["text"].AsText()!)];

    private void Add(string text) => Add(new WireObject { ["name"] = "stdout", ["text"] = text }.Build());

    private void Add(WireValue.Members message) => _more.Add(message, OutputMessage.Length(message));
}
