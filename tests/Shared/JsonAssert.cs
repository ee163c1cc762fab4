using System.Text.Json.Nodes;

namespace ProjectSilo.Tests;

/// <summary>Compares JSON by meaning: the order of members does not count.</summary>
internal static class JsonAssert
{
    public static void Equal(JsonNode? expected, JsonNode? actual, string because = "") =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{because}\nexpected {expected?.ToJsonString()}\nactual   {actual?.ToJsonString()}");

    /// <summary>Whether <paramref name="text"/> fits <paramref name="pattern"/>, in which <c>??????</c> stands for any six characters.</summary>
    public static bool Fits(string pattern, string text) =>
        pattern.Length == text.Length && pattern.Zip(text).All(pair => pair.First == '?' || pair.First == pair.Second);
}
