using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ProjectSilo.Tests;

/// <summary>Compares JSON with what a vector expects, in which <c>{"$regex":"^5"}</c>, <c>{"$any":true}</c> and <c>{"$int":true}</c> stand for more than themselves.</summary>
internal static class VectorMatch
{
    public static void Fits(JsonNode? expected, JsonNode? actual, string because = "") =>
        Assert.True(IsFit(expected, actual), $"{because}\nexpected {expected?.ToJsonString()}\nactual   {actual?.ToJsonString()}");

    /// <summary>Neighbouring streams of the same name as one: a kernel may split or join what is printed.</summary>
    public static JsonArray JoinStreams(JsonArray outputs)
    {
        var joined = new JsonArray();
        foreach (var output in outputs)
        {
            if (joined.LastOrDefault() is JsonObject last && IsStream(last) && output is JsonObject next && IsStream(next) && (string?)last["name"] == (string?)next["name"]
                && next["text"] is JsonValue && last["text"] is JsonValue)
            {
                last["text"] = (string?)last["text"] + (string?)next["text"];
            }
            else
            {
                joined.Add(output?.DeepClone());
            }
        }

        return joined;
    }

    private static bool IsStream(JsonObject output) => output["name"] is not null && output["output_type"] is null;

    private static bool IsFit(JsonNode? expected, JsonNode? actual) => (expected, actual) switch
    {
        (JsonObject { Count: 1 } matcher, _) when matcher.ContainsKey("$any") => true,
        (JsonObject { Count: 1 } matcher, _) when matcher.ContainsKey("$int") => actual is JsonValue number && number.TryGetValue<double>(out var value) && double.IsInteger(value),
        (JsonObject { Count: 1 } matcher, _) when matcher["$regex"] is { } pattern =>
            actual is JsonValue text && text.TryGetValue<string>(out var value) && Regex.IsMatch(value, (string)pattern!, RegexOptions.CultureInvariant),
        (JsonObject a, JsonObject b) => a.Count == b.Count && a.All(member => b.ContainsKey(member.Key) && IsFit(member.Value, b[member.Key])),
        (JsonArray a, JsonArray b) => a.Count == b.Count && a.Zip(b).All(pair => IsFit(pair.First, pair.Second)),
        _ => JsonNode.DeepEquals(expected, actual),
    };
}
