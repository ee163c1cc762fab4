using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Tests.Values;

/// <summary>A list made while it is sent is, to who gets it, the list.</summary>
public sealed class SequenceTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(70_000)]
    public void Sequence_IsWrittenAsTheList(int count)
    {
        static WireValue Element(int index) => new WireObject { ["name"] = $"file-{index}", ["size"] = index }.Build();
        var whole = new WireValue.Items([.. Enumerable.Range(0, count).Select(Element)]);
        var sequence = new WireValue.Sequence(count, Enumerable.Range(0, count).Select(Element));
        foreach (var encoding in Enum.GetValues<ConatEncoding>())
        {
            Assert.Equal(ConatPayload.Encode(whole, encoding).ToArray(), ConatPayload.Encode(sequence, encoding).ToArray());
        }
    }
}
