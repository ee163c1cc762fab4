using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Gateways.Hub;

/// <summary>
/// The frames of the hub connection, both directions (spec 02 §2). Pure: no sockets, no state.
/// <code>
///  0        4      5
///  +--------+------+---------------------------+
///  | length | type | payload                   |   length = 1 + payload bytes, unsigned 32 bit big endian
///  +--------+------+---------------------------+
///  0000001a   6a     7b226576656e74223a22706f6e67222c226964223a2232227d      {"event":"pong","id":"2"}
/// </code>
/// </summary>
public static class HubFrameCodec
{
    /// <summary>Bytes of the UUID that a blob's payload begins with.</summary>
    public const int UuidBytes = 36;

    private const int LengthBytes = 4;

    /// <summary>Takes the next frame from <paramref name="buffer"/>, if it is all there.</summary>
    /// <param name="buffer">What came so far; begins after the frame afterwards.</param>
    /// <param name="maxFrameBytes">Most bytes of type and payload.</param>
    /// <param name="frame">The frame.</param>
    public static HubFrameStatus TryRead(ref ReadOnlySequence<byte> buffer, long maxFrameBytes, out HubFrame frame)
    {
        frame = default;
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadBigEndian(out int bits))
        {
            return HubFrameStatus.Incomplete;
        }

        var length = (long)(uint)bits;
        if (length > maxFrameBytes)
        {
            return HubFrameStatus.TooLong;
        }

        if (reader.Remaining < length)
        {
            return HubFrameStatus.Incomplete;
        }

        if (reader.TryRead(out var type) && length > 0)
        {
            frame = new HubFrame(type, buffer.Slice(LengthBytes + 1, length - 1));
        }

        buffer = buffer.Slice(LengthBytes + length);
        return HubFrameStatus.Complete;
    }

    /// <summary>How many bytes the frame takes that <paramref name="buffer"/> begins with, or that of its length if not even that is there.</summary>
    public static long BytesOfFrame(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        return reader.TryReadBigEndian(out int bits) ? LengthBytes + (long)(uint)bits : LengthBytes;
    }

    /// <summary>The uuid and content of a blob frame's payload.</summary>
    /// <returns>False if it is too short to have a uuid.</returns>
    public static bool TryReadBlob(in ReadOnlySequence<byte> payload, out string uuid, out ReadOnlySequence<byte> content)
    {
        if (payload.Length < UuidBytes)
        {
            uuid = "";
            content = default;
            return false;
        }

        uuid = Encoding.Latin1.GetString(payload.Slice(0, UuidBytes));
        content = payload.Slice(UuidBytes);
        return true;
    }

    /// <summary>Appends a JSON frame.</summary>
    public static void WriteJson(WireValue message, ArrayBufferWriter<byte> output)
    {
        var start = Begin(HubFrame.Json, output);
        WireJson.Write(message, output);
        End(start, output);
    }

    /// <summary>Appends a blob frame.</summary>
    public static void WriteBlob(string uuid, ReadOnlySpan<byte> content, ArrayBufferWriter<byte> output)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(uuid.Length, UuidBytes);
        var start = Begin(HubFrame.Blob, output);
        Encoding.ASCII.GetBytes(uuid, output);
        output.Write(content);
        End(start, output);
    }

    /// <summary>A large JSON frame, and maybe a blob frame behind it, piece by piece. A piece is valid until the next one is asked for.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Pieces(WireValue.Members message, string? uuid, ReadOnlyMemory<byte> blob)
    {
        // Encoded twice, because its length comes first; that costs less than to hold it.
        long length = 0;
        foreach (var piece in WireJson.Pieces(message))
        {
            length += piece.Length;
        }

        yield return Head(HubFrame.Json, length);
        foreach (var piece in WireJson.Pieces(message))
        {
            yield return piece;
        }

        if (uuid is not null)
        {
            yield return Head(HubFrame.Blob, UuidBytes + blob.Length);
            yield return Encoding.ASCII.GetBytes(uuid);
            yield return blob;
        }
    }

    private static byte[] Head(byte type, long payloadBytes)
    {
        var head = new byte[LengthBytes + 1];
        BinaryPrimitives.WriteUInt32BigEndian(head, checked((uint)(payloadBytes + 1)));
        head[LengthBytes] = type;
        return head;
    }

    private static int Begin(byte type, ArrayBufferWriter<byte> output)
    {
        var start = output.WrittenCount;
        output.GetSpan(LengthBytes + 1)[LengthBytes] = type;
        output.Advance(LengthBytes + 1);
        return start;
    }

    /// <summary>Fills in the length, which is known only now.</summary>
    private static void End(int start, ArrayBufferWriter<byte> output)
    {
        var frame = System.Runtime.InteropServices.MemoryMarshal.AsMemory(output.WrittenMemory)[start..];
        BinaryPrimitives.WriteUInt32BigEndian(frame.Span, (uint)(frame.Length - LengthBytes));
    }
}
