using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Persist;

/// <summary>The size of a message, which limits are about (spec 07 §1.9).</summary>
public static class MessageSize
{
    /// <summary>
    /// UTF-16 code units of the headers' compact JSON (none without headers), bytes of the payload, UTF-16 code units of the key. A tombstone of <c>a</c> is
    /// 21 + 1 + 1 = 23.
    /// </summary>
    /// <param name="headersJson">The headers as JSON; null without.</param>
    /// <param name="rawBytes">Bytes of the payload, not compressed.</param>
    /// <param name="key">The key, or null.</param>
    public static long Of(string? headersJson, int rawBytes, string? key) => (headersJson?.Length ?? 0L) + rawBytes + (key?.Length ?? 0);

    /// <summary>The headers as they are stored and measured; null if there are none.</summary>
    public static string? HeadersJson(WireValue? headers) => headers is null or WireValue.Nothing ? null : WireJson.ToText(headers);
}
