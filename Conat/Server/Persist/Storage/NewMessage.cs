using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>A message to be stored (spec 07 §1.7).</summary>
/// <param name="Key">Its key, which may be empty; null without.</param>
/// <param name="Encoding">How <paramref name="Raw"/> is encoded.</param>
/// <param name="Raw">The payload.</param>
/// <param name="Headers">The writer's headers; null without.</param>
/// <param name="Ttl">Milliseconds, or null.</param>
/// <param name="PreviousSeq">What the key's message must have for a number; null for any.</param>
/// <param name="MessageId">The writer's name of it, or null.</param>
internal sealed record NewMessage(string? Key, int Encoding, ReadOnlyMemory<byte> Raw, WireValue? Headers, long? Ttl, long? PreviousSeq, string? MessageId)
{
    /// <summary>The headers as they are stored; null without.</summary>
    public string? HeadersJson { get; } = MessageSize.HeadersJson(Headers);

    /// <summary>What limits count.</summary>
    public long Size => MessageSize.Of(HeadersJson, Raw.Length, Key);
}
