using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>A message to be stored (spec 07 §1.7, §3.3).</summary>
/// <param name="Value">The value; C#'s null is JavaScript's undefined: it deletes <see cref="Key"/>, and without a key it is an error.</param>
public sealed record StreamPublish(WireValue? Value)
{
    /// <summary>The row replaces the key's former one; null is a plain message.</summary>
    public string? Key { get; init; }

    /// <summary>Stored with the value. Not <c>error</c> or <c>code</c>: those would make an answer look like a failure.</summary>
    public WireValue.Members? Headers { get; init; }

    /// <summary>Storing the same id again within two minutes changes nothing and gives the first answer: it makes a repetition safe.</summary>
    public string? MessageId { get; init; }

    /// <summary>The number that the key's row must have now, else it fails with <c>wrong-last-sequence</c>; of no meaning without a key.</summary>
    public long? PreviousSeq { get; init; }

    /// <summary>The row goes so long after it was stored, in a stream that has <c>allow_msg_ttl</c>.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>For all of it; null is 30 seconds.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The value in MessagePack, if somebody has encoded it already.</summary>
    internal ReadOnlyMemory<byte>? Raw { get; init; }
}
