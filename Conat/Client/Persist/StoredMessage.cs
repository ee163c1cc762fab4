using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Persist;

/// <summary>A message of a stream, as <c>getAll</c> and change feeds have it (spec 07 §1.7, §1.8): <c>{"seq":2,"time":…,"key":"k","encoding":0,"raw":bytes,"headers":{…}}</c>.</summary>
/// <param name="Seq">Its number, from 1.</param>
/// <param name="Time">When it was stored, in milliseconds since 1970.</param>
/// <param name="Key">Its key, which may be empty; null without.</param>
/// <param name="Encoding">How <paramref name="Raw"/> is encoded: a <see cref="ConatEncoding"/> as a rule.</param>
/// <param name="Raw">The payload as it was published.</param>
/// <param name="Headers">The writer's headers; null without.</param>
public sealed record StoredMessage(long Seq, long Time, string? Key, int Encoding, ReadOnlyMemory<byte> Raw, WireValue? Headers)
{
    /// <summary>Whether it only says that its key is deleted (spec 07 §3.6).</summary>
    public bool IsTombstone => Headers is WireValue.Members headers && headers[PersistHeaders.Tombstone].IsTruthy();

    /// <summary>As it is sent.</summary>
    public WireValue.Members ToWire() => ToWire(messageId: null);

    internal WireValue.Members ToWire(string? messageId) => new WireObject
    {
        [PersistHeaders.Seq] = Seq,
        [PersistHeaders.Time] = Time,
        [PersistHeaders.Key] = Key is null ? null : (WireValue)Key,
        [PersistHeaders.Encoding] = Encoding,
        [PersistHeaders.Raw] = new WireValue.Bytes(Raw),
        [PersistHeaders.Headers] = Headers,
        [PersistHeaders.MessageId] = messageId is null ? null : (WireValue)messageId,
    }.Build();

    /// <summary>Reads one.</summary>
    /// <returns>False if it is something else.</returns>
    public static bool TryRead(WireValue value, out StoredMessage? message)
    {
        message = null;
        if (value is not WireValue.Members members
            || members[PersistHeaders.Seq] is not WireValue.Number { Value: >= 1 } seq
            || members[PersistHeaders.Time] is not WireValue.Number time
            || members[PersistHeaders.Encoding] is not WireValue.Number { Value: >= 0 and <= int.MaxValue } encoding
            || members[PersistHeaders.Raw] is not WireValue.Bytes raw)
        {
            return false;
        }

        var headers = members[PersistHeaders.Headers];
        message = new StoredMessage(
            (long)seq.Value, (long)time.Value, members[PersistHeaders.Key].AsText(), (int)encoding.Value, raw.Value, headers is WireValue.Nothing ? null : headers);
        return true;
    }
}
