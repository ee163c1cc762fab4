using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>A row of a persistent stream as a client sees it (spec 07 §3.1). Immutable; the value is decoded when it is first asked for.</summary>
/// <param name="seq">Its number in the stream: from 1, growing, never used again.</param>
/// <param name="time">When the server stored it, to the millisecond.</param>
/// <param name="raw">The encoded value, as the writer sent it.</param>
/// <param name="encoding">How it is encoded; a <see cref="ConatEncoding"/>, or a number that nobody knows.</param>
/// <param name="key">Null of a plain message; a key has at most one row.</param>
/// <param name="headers">The writer's; null if it gave none.</param>
public sealed class StreamMessage(long seq, DateTimeOffset time, ReadOnlyMemory<byte> raw, int encoding = 0, string? key = null, WireValue.Members? headers = null)
{
    private WireValue? _value;

    /// <summary>A row as it came, with a payload of its own: a large message of many isn't kept for one of them.</summary>
    internal StreamMessage(StoredMessage row)
        : this(row.Seq, StoreTime.Read(row.Time), row.Raw.ToArray(), row.Encoding, row.Key, row.Headers as WireValue.Members)
    {
    }

    public long Seq { get; } = seq;

    public DateTimeOffset Time { get; } = time;

    public ReadOnlyMemory<byte> Raw { get; } = raw;

    public int Encoding { get; } = encoding;

    public string? Key { get; } = key;

    public WireValue.Members? Headers { get; } = headers;

    /// <summary>Whether it says that its key is deleted.</summary>
    public bool IsTombstone => Headers is { } members && members[PersistHeaders.Tombstone].IsTruthy();

    /// <summary>The value; null's value also for bytes that can't be decoded, which others may have written.</summary>
    public WireValue Value
    {
        get
        {
            if (_value is null)
            {
                _value = ConatPayload.TryDecode(Raw, Encoding, out var value) ? value : WireValue.Null;
            }

            return _value;
        }
    }
}
