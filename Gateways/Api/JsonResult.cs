using ProjectSilo.Conat.Values;

namespace ProjectSilo.Gateways.Api;

/// <summary>Results that cross a grain call as JSON.</summary>
internal static class JsonResult
{
    /// <summary>The value.</summary>
    /// <exception cref="FormatException">It is no JSON, which is the grain's mistake.</exception>
    public static WireValue Parse(ReadOnlyMemory<byte> json) => WireJson.TryParse(json.Span, out var value) ? value : throw new FormatException("A grain's result is no JSON.");
}
