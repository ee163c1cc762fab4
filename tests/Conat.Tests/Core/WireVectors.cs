using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using ProjectSilo.Conat.Core.MessagePack;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Tests.Core;

/// <summary>The tagged JSON of the MessagePack vectors, e.g. <c>{"$":"bin","hex":"0102"}</c>, as values.</summary>
internal static class WireVectors
{
    /// <summary>The value; null for <c>undefined</c> and for JavaScript's kinds that C# has not, which <see cref="IsOurs"/> tells apart.</summary>
    public static WireValue? Read(JsonElement tagged) => tagged.ValueKind switch
    {
        JsonValueKind.Null => WireValue.Null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => tagged.GetDouble(),
        JsonValueKind.String => tagged.GetString()!,
        JsonValueKind.Array => new WireValue.Items([.. tagged.EnumerateArray().Select(item => Read(item) ?? WireValue.Null)]),
        _ => tagged.TryGetProperty("$", out var tag) ? Tagged(tag.GetString()!, tagged) : Members(tagged),
    };

    public static bool IsOurs(JsonElement value) =>
        value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("$", out var tag) || tag.GetString() is not ("bigint" or "function" or "symbol" or "arraybuffer");

    /// <summary>A JavaScript date, also one that .NET has not.</summary>
    private static WireValue Date(JsonElement tagged)
    {
        var bytes = new byte[12];
        if (tagged.GetProperty("ms").ValueKind == JsonValueKind.Null)
        {
            return new WireValue.Extension(-1, bytes);
        }

        var milliseconds = tagged.GetProperty("ms").GetInt64();
        var length = MessagePackTimestamp.Write(milliseconds, bytes);
        return milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? new WireValue.Date(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds))
            : new WireValue.Extension(-1, bytes.AsMemory(0, length));
    }

    private static WireValue? Tagged(string tag, JsonElement tagged) => tag switch
    {
        "float" => Number(tagged.GetProperty("v").GetString()!),
        "bin" => new WireValue.Bytes(Hex(tagged)),
        "date" => Date(tagged),
        "ext" => new WireValue.Extension(tagged.GetProperty("type").GetSByte(), Hex(tagged)),
        "object" => Members(tagged.GetProperty("v")),
        "nestedArrays" => Enumerable.Range(0, tagged.GetProperty("depth").GetInt32())
            .Aggregate(Read(tagged.GetProperty("innermost"))!, (inner, _) => new WireValue.Items([inner])),
        _ => null,
    };

    private static double Number(string text) => text switch
    {
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private static byte[] Hex(JsonElement tagged) => Convert.FromHexString(tagged.GetProperty("hex").GetString()!);

    private static WireValue.Members Members(JsonElement value)
    {
        var members = ImmutableArray.CreateBuilder<KeyValuePair<string, WireValue>>();
        foreach (var member in value.EnumerateObject())
        {
            if (Read(member.Value) is { } read)
            {
                members.Add(new KeyValuePair<string, WireValue>(member.Name, read));
            }
        }

        return new WireValue.Members(members.DrainToImmutable());
    }
}
