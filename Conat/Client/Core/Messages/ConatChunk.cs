using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core.Messages;

/// <summary>
/// One piece of a message on the wire (spec 05 §5.1): <c>["foo.a","H5BwujPBQO",0,1,0,bytes,{"k":"v"}]</c> when published,
/// <c>{"subject":"foo.a","data":["H5BwujPBQO",0,1,0,bytes,{"k":"v"}]}</c> when delivered.
/// </summary>
/// <param name="Subject">What it is published to.</param>
/// <param name="MessageId">10 characters <c>[0-9a-zA-Z]</c>, the same for all chunks of a message.</param>
/// <param name="Sequence">The number of the chunk, from 0.</param>
/// <param name="IsLast">Whether the message ends with it.</param>
/// <param name="Encoding">How the payload is encoded.</param>
/// <param name="Payload">The piece.</param>
/// <param name="Headers">On the last chunk only; null for none.</param>
public sealed record ConatChunk(string Subject, string MessageId, long Sequence, bool IsLast, int Encoding, ReadOnlyMemory<byte> Payload, WireValue? Headers = null)
{
    /// <summary>
    /// Gives the memory of the payload, and of bytes in the headers, back to be used again; null if it isn't. Nothing may be read after that. Whoever doesn't do it leaves
    /// the memory to the collector.
    /// </summary>
    public IDisposable? Lease { get; init; }

    /// <summary>Room for a chunk's text: subject and headers.</summary>
    public const int MaxTextBytes = 100_000;

    private const int MinChunkBytes = 1_000;
    private const long DefaultMaxPayload = 1_000_000;

    /// <summary>Most bytes of a payload in one chunk, by the broker's <c>max_payload</c>: 7,900,000 normally (spec 05 §5.2).</summary>
    public static int MaxBytes(long? maxPayload) => (int)Math.Clamp((maxPayload ?? DefaultMaxPayload) - MaxTextBytes, MinChunkBytes, int.MaxValue);

    /// <summary>Cuts a message; an empty payload has no chunk at all.</summary>
    public static IEnumerable<ConatChunk> Split(string subject, string messageId, ReadOnlyMemory<byte> payload, int encoding, WireValue? headers, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        for (int start = 0, sequence = 0; start < payload.Length; sequence++)
        {
            var length = Math.Min(maxBytes, payload.Length - start);
            var isLast = start + length == payload.Length;
            yield return new ConatChunk(subject, messageId, sequence, isLast, encoding, payload.Slice(start, length), isLast ? headers : null);
            start += length;
        }
    }

    /// <summary>
    /// Reads what the broker delivers, which passes on what others publish, whatever that is. A <c>seq</c> that is no number of a chunk is −1, so that the chunk is dropped with
    /// all of its message (spec 05 §5.3); an encoding that is no number is −1, which can't be decoded (§4).
    /// </summary>
    /// <returns>False if it is no chunk at all: it has no id, or its payload is no bytes.</returns>
    public static bool TryReadDelivery(WireValue delivery, out ConatChunk? chunk)
    {
        chunk = null;
        if (delivery is not WireValue.Members members || members["subject"].AsText() is not { } subject || members["data"] is not WireValue.Items { Values: var data }
            || data.Length < 5 || data[0].ScalarToText() is not { } id || data[4] is not WireValue.Bytes payload)
        {
            return false;
        }

        var headers = data.Length > 5 && data[5].IsTruthy() ? data[5] : null;
        chunk = new ConatChunk(subject, id, Integer(data[1]), data[2].IsTruthy(), Integer(data[3]), payload.Value, headers);
        return true;
    }

    /// <summary>The argument of the event <c>publish</c>. Headers that are not truthy are left out.</summary>
    public WireValue.Items ToPublish()
    {
        WireValue[] list = [Subject, MessageId, Sequence, IsLast ? 1 : 0, Encoding, new WireValue.Bytes(Payload)];
        return new WireValue.Items(IsLast && Headers is not null && Headers.IsTruthy() ? [.. list, Headers] : [.. list]);
    }

    /// <returns>−1 if it is none, or negative.</returns>
    private static int Integer(WireValue value) =>
        value is WireValue.Number { Value: >= 0 and <= int.MaxValue and var number } && double.IsInteger(number) ? (int)number : -1;
}
