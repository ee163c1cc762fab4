using System.Buffers;
using System.Buffers.Binary;

namespace ProjectSilo.Grains.Kernels.Zmtp;

/// <summary>
/// The head of a frame (spec 10 §4.3): flags, then the length of what follows, one byte, or 8 bytes big endian with <see cref="ZmtpFlags.Long"/>. <c>01 05 hello</c>: a frame of five bytes, and
/// the message goes on.
/// </summary>
/// <param name="Flags">As they came.</param>
/// <param name="BodyLength">Bytes that follow the head; up to 2^63 - 1, which nobody has checked yet.</param>
internal readonly record struct ZmtpFrame(ZmtpFlags Flags, long BodyLength)
{
    private const int ShortHead = 2;
    private const int LongHead = 9;
    private const ZmtpFlags Known = ZmtpFlags.More | ZmtpFlags.Long | ZmtpFlags.Command;

    /// <summary>Bytes of the head itself.</summary>
    public int HeadLength => (Flags & ZmtpFlags.Long) != 0 ? LongHead : ShortHead;

    public bool IsCommand => (Flags & ZmtpFlags.Command) != 0;

    public bool HasMore => (Flags & ZmtpFlags.More) != 0;

    /// <summary>Reads the head at the beginning of <paramref name="bytes"/>.</summary>
    /// <returns><see cref="OperationStatus.InvalidData"/>: reserved bits, a command that goes on, or a length beyond 2^63 - 1.</returns>
    public static OperationStatus TryRead(ReadOnlySpan<byte> bytes, out ZmtpFrame frame)
    {
        frame = default;
        if (bytes.IsEmpty)
        {
            return OperationStatus.NeedMoreData;
        }

        var flags = (ZmtpFlags)bytes[0];
        if ((flags & ~Known) != 0 || (flags & (ZmtpFlags.Command | ZmtpFlags.More)) == (ZmtpFlags.Command | ZmtpFlags.More))
        {
            return OperationStatus.InvalidData;
        }

        frame = new ZmtpFrame(flags, 0);
        if (bytes.Length < frame.HeadLength)
        {
            return OperationStatus.NeedMoreData;
        }

        var length = (flags & ZmtpFlags.Long) == 0 ? bytes[1] : BinaryPrimitives.ReadUInt64BigEndian(bytes[1..]);
        frame = frame with { BodyLength = (long)length };
        return length > long.MaxValue ? OperationStatus.InvalidData : OperationStatus.Done;
    }

    /// <summary>Writes a frame of a message.</summary>
    public static void Write(ReadOnlySpan<byte> body, bool hasMore, IBufferWriter<byte> output) => Write(hasMore ? ZmtpFlags.More : ZmtpFlags.None, body, output);

    /// <summary>Writes a frame; whether its length is long follows from <paramref name="body"/>.</summary>
    public static void Write(ZmtpFlags flags, ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        var head = output.GetSpan(LongHead);
        if (body.Length <= byte.MaxValue)
        {
            head[0] = (byte)flags;
            head[1] = (byte)body.Length;
            output.Advance(ShortHead);
        }
        else
        {
            head[0] = (byte)(flags | ZmtpFlags.Long);
            BinaryPrimitives.WriteUInt64BigEndian(head[1..], (ulong)body.Length);
            output.Advance(LongHead);
        }

        output.Write(body);
    }
}
