using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core.Messages;

/// <summary>A message as it came, all of its chunks together (spec 05 §5.3).</summary>
/// <param name="subject">What it was published to.</param>
/// <param name="raw">The encoded payload.</param>
/// <param name="encoding">How it is encoded; a <see cref="ConatEncoding"/>, or a number that nobody knows.</param>
/// <param name="headers">Normally an object, sometimes a plain string; null if it has none.</param>
/// <param name="lease">As <see cref="ConatChunk.Lease"/>.</param>
public sealed class ConatMessage(string subject, ReadOnlyMemory<byte> raw, int encoding = 0, WireValue? headers = null, IDisposable? lease = null)
{
    private WireValue? _data;

    public string Subject { get; } = subject;

    public ReadOnlyMemory<byte> Raw { get; } = raw;

    public int Encoding { get; } = encoding;

    public WireValue? Headers { get; } = headers;

    /// <summary>Where the reply goes: the header <c>CN-Reply</c>; null if this is no request.</summary>
    public string? Reply => Header(ConatHeaders.Reply).AsText();

    /// <summary>The payload, decoded when it is first asked for.</summary>
    /// <exception cref="ConatException">It is malformed, or in an unknown encoding.</exception>
    public WireValue Data => TryRead(out var value) ? value : throw new ConatException("the payload of a message can't be decoded");

    /// <summary>
    /// Gives the payload's memory back to be used again: for who alone has the message, like the reader of replies, and reads nothing of it any more. Large payloads only are
    /// worth it; without, the collector does it.
    /// </summary>
    public void Release() => lease?.Dispose();

    /// <summary>A header; null's value if there is no such.</summary>
    public WireValue Header(string name) => Headers is WireValue.Members members ? members[name] : WireValue.Null;

    /// <summary>The payload, decoded when it is first asked for.</summary>
    /// <returns>False if it is malformed, or in an unknown encoding.</returns>
    public bool TryRead(out WireValue value)
    {
        if (_data is null && ConatPayload.TryDecode(Raw, Encoding, out var decoded))
        {
            _data = decoded;
        }

        value = _data ?? WireValue.Null;
        return _data is not null;
    }
}
