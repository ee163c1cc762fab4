using System.Text.Json;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Hub;

/// <summary>Every frame that <c>hub-tcp.json</c> has in bytes, from either side.</summary>
internal static class HubVectorFrames
{
    /// <summary>Whole frames, in the order of the file.</summary>
    public static IReadOnlyList<byte[]> All { get; } = [.. Frames(Vectors.Load("hub-tcp"))];

    private static IEnumerable<byte[]> Frames(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Frames),
        JsonValueKind.Object when element.TryGetProperty("hex", out var hex) && element.TryGetProperty("type", out _) => [Convert.FromHexString(hex.GetString()!)],
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Frames(member.Value)),
        _ => [],
    };
}
