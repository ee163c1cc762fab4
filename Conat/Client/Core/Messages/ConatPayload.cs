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
        var output = new ArrayBufferWriter<byte>(LikelyBytes(value));
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

    /// <summary>Enough for most values, so that large ones are not copied again and again while their buffer grows.</summary>
    private static int LikelyBytes(WireValue value)
    {
        const int Small = 256;
        const int BytesOfAnElement = 96;
        var likely = value switch
        {
            WireValue.Sequence sequence => (long)sequence.Count * BytesOfAnElement,
            WireValue.Bytes bytes => bytes.Value.Length,
            WireValue.Text text => text.Value.Length,
            _ => 0,
        };
        return (int)Math.Min(Small + likely, Array.MaxLength);
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
