using System.Text.Json;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Tests.Persist;

/// <summary>What is recorded, and how it is compared.</summary>
internal sealed partial class DialogueReplay
{
    /// <summary>The threshold of parts of <c>getAll</c> that the recorded server had: the smallest part that isn't the last.</summary>
    private static long BatchBytes(JsonElement scenario)
    {
        var smallest = 20_000_000L;
        foreach (var step in scenario.GetProperty("steps").EnumerateArray())
        {
            var parts = Messages(step).Where(IsRows).ToList();
            foreach (var part in parts.SkipLast(1))
            {
                smallest = Math.Min(smallest, Rows(part).Sum(row => (long)row.GetProperty("raw").GetProperty("$bin").GetString()!.Length / 2));
            }
        }

        return smallest;
    }

    private static IEnumerable<JsonElement> Messages(JsonElement step) => step.GetProperty("messages").EnumerateArray();

    /// <summary>The server ends: it says so without having been asked.</summary>
    private static bool IsEnd(JsonElement message) => Text(message, "ev") == "deliver" && Header(message, "CN-SocketCmd") == "close";

    private static bool IsAnswer(JsonElement message) => message.GetProperty("subject").GetString()!.StartsWith("_INBOX.", StringComparison.Ordinal);

    private static bool IsFrame(JsonElement message) => Text(message, "ev") == "deliver" && Header(message, ConatHeaders.SocketSequence) is not null;

    private static bool IsRows(JsonElement message) =>
        Text(message, "ev") == "deliver" && IsAnswer(message) && Header(message, "seq") is not null && message.GetProperty("payload").ValueKind == JsonValueKind.Array;

    private static IEnumerable<JsonElement> Rows(JsonElement message) => message.GetProperty("payload").EnumerateArray().Where(row => !row.TryGetProperty("op", out _));

    private static string? Text(JsonElement message, string name) => message.TryGetProperty(name, out var value) ? value.ToString() : null;

    private static string? Header(JsonElement message, string name) =>
        message.TryGetProperty("headers", out var headers) && headers.ValueKind == JsonValueKind.Object ? Text(headers, name) : null;

    private static string? OpenedPath(JsonElement message) =>
        message.TryGetProperty("payload", out var payload) && payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty("storage", out var storage)
            ? Text(storage, "path")
            : null;

    private static bool IsDeliveredAnswer(JsonElement message) => Text(message, "ev") == "deliver" && IsAnswer(message);

    /// <summary>The numbers in the answer to a set.</summary>
    private static IEnumerable<long> Results(JsonElement message)
    {
        var payload = message.GetProperty("payload");
        var results = payload.ValueKind == JsonValueKind.Array ? payload.EnumerateArray().ToArray() : [payload];
        return results.Where(result => result.ValueKind == JsonValueKind.Object && result.TryGetProperty("seq", out _) && result.TryGetProperty("time", out _) && !result.TryGetProperty("raw", out _))
            .Select(result => result.GetProperty("seq").GetInt64());
    }

    private static WireValue Payload(JsonElement message)
    {
        Assert.True(ConatPayload.TryDecode(Convert.FromHexString(Text(message, "payload_hex")!), message.GetProperty("encoding").GetInt32(), out var value));
        return value;
    }

    private static WireValue Value(JsonElement json)
    {
        Assert.True(WireJson.TryParse(System.Text.Encoding.UTF8.GetBytes(json.GetRawText()), out var value));
        return value;
    }

    /// <summary>The value without what differs from run to run.</summary>
    private static string Shape(WireValue? value) => value switch
    {
        null => "nothing",
        WireValue.Members members => "{" + string.Join(',', members.Values
            .Where(member => member.Key is not (ConatHeaders.Reply or ConatHeaders.SocketSequence))
            .OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => $"{member.Key}:{(member.Key == "time" ? Varies : Shape(member.Value))}")) + "}",
        WireValue.Items items => "[" + string.Join(',', items.Values.Select(Shape)) + "]",
        WireValue.Bytes bytes => Convert.ToHexString(bytes.Value.Span),
        _ => value.ToString(),
    };
}
