using System.Text.Json;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Tests.Core;

/// <summary>Every pair and every validity case of <c>conat-patterns.json</c>, and what spec 05 §3 says beside them.</summary>
public class SubjectsTests
{
    private static readonly JsonElement File = Vectors.Load("conat-patterns");

    [Fact]
    public void Matches_EveryCapturedPair_AsTheReferenceSays() => Assert.All(File.GetProperty("pairs").EnumerateArray(), pair => Assert.Equal(
        pair.GetProperty("match").GetBoolean(),
        Subjects.Matches(pair.GetProperty("pattern").GetString(), pair.GetProperty("subject").GetString())));

    [Fact]
    public void Validity_EveryCapturedSubject_AsTheReferenceSays() => Assert.All(File.GetProperty("validity").EnumerateArray(), item =>
    {
        // A case without a subject is one that isn't a string.
        var text = item.TryGetProperty("subject", out var subject) && subject.ValueKind == JsonValueKind.String ? subject.GetString() : "";
        Assert.Equal(item.GetProperty("valid").GetBoolean(), Subjects.IsValid(text));
        Assert.Equal(item.GetProperty("publishable").GetBoolean(), Subjects.IsPublishable(text));
    });

    [Theory]
    [InlineData('\u0009', false)]
    [InlineData('\u000D', false)]
    [InlineData('\u2028', false)]
    [InlineData('\uFEFF', false)]
    [InlineData('\u0085', true)]
    [InlineData('\u180E', true)]
    [InlineData('\u200B', true)]
    [InlineData('\u001F', true)]
    [InlineData('\0', true)]
    [InlineData('\ud800', true)]
    public void IsValid_WhiteSpace_IsJavaScripts(char character, bool valid)
    {
        Assert.Equal(valid, Subjects.IsValid($"a{character}b"));
        Assert.Equal(valid, Subjects.IsPublishable($"a{character}b"));
    }
}
