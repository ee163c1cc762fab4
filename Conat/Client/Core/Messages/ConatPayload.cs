using System.Buffers;
using ProjectSilo.Conat.Core.MessagePack;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core.Messages;

/// <summary>Values to and from the bytes of a message (spec 05 §4).</summary>
public static class ConatPayload
{
    /// <summary>Encodes <paramref name="value"/>.</summary>
    /// <exception cref="ConatException">Nested too deep.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No such encoding.</exception>
    public static ReadOnlyMemory<byte> Encode(WireValue value, ConatEncoding encoding = ConatEncoding.MessagePack)
    {
        var output = new ArrayBufferWriter<byte>();
        switch (encoding)
        {
            case ConatEncoding.MessagePack:
                MessagePackCodec.Encode(value, output);
                break;
            case ConatEncoding.Json:
                WireJson.Write(value, output);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(encoding));
        }

        return output.WrittenMemory;
    }

    /// <summary>Decodes a payload from outside.</summary>
    /// <returns>False if it is malformed, or the encoding is none of <see cref="ConatEncoding"/>.</returns>
    public static bool TryDecode(ReadOnlyMemory<byte> payload, int encoding, out WireValue value)
    {
        value = WireValue.Null;
        return (ConatEncoding)encoding switch
        {
            ConatEncoding.MessagePack => MessagePackCodec.TryDecode(payload, out value, out _),
            ConatEncoding.Json => WireJson.TryParse(payload.Span, out value),
            _ => false,
        };
    }
}
