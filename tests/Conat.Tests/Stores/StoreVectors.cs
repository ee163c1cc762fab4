using System.Collections.Immutable;
using System.Text.Json;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>The values of the stores' vectors: <c>{"$bin":"00"}</c> for bytes, <c>{"$date":0}</c> for dates, <c>"$undefined"</c> for none.</summary>
internal static class StoreVectors
{
    /// <summary>C#'s null is no value.</summary>
    public static WireValue? Read(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => WireValue.Null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => json.GetDouble(),
        JsonValueKind.String when json.GetString() is "$undefined" => null,
        JsonValueKind.String => (WireValue)json.GetString()!,
        JsonValueKind.Array => new WireValue.Items([.. json.EnumerateArray().Select(item => Read(item) ?? WireValue.Null)]),
        _ => Tagged(json),
    };

    public static WireValue.Members Members(JsonElement json)
    {
        var members = ImmutableArray.CreateBuilder<KeyValuePair<string, WireValue>>();
        foreach (var member in json.EnumerateObject())
        {
            if (Read(member.Value) is { } value)
            {
                members.Add(new(member.Name, value));
            }
        }

        return new WireValue.Members(members.DrainToImmutable());
    }

    public static string? Text(this JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static WireValue Tagged(JsonElement json) =>
        json.TryGetProperty("$bin", out var bytes) ? new WireValue.Bytes(Convert.FromHexString(bytes.GetString()!))
        : json.TryGetProperty("$date", out var date) ? new WireValue.Date(DateTimeOffset.FromUnixTimeMilliseconds(date.GetInt64()))
        : Members(json);
}
