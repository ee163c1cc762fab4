using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// What a client's WebSocket frame begins with (RFC 6455 §5.2). A client masks what it sends.
/// <code>
/// 81 85 37 fa 21 3d            text of 5 bytes, then its mask
/// 02 fe 01 00 37 fa 21 3d      the first part of a binary message, of 256 bytes
/// 80 ff 00 00 00 00 00 01 00 00 37 fa 21 3d
/// 88 82 37 fa 21 3d            the end, with a status
/// </code>
/// </summary>
/// <param name="Opcode">One of the constants.</param>
/// <param name="IsFinal">Whether the message ends with this frame.</param>
/// <param name="Length">Bytes of the payload.</param>
/// <param name="Mask">With it the payload is masked, first byte lowest.</param>
/// <param name="Bytes">Of the header itself.</param>
internal readonly record struct WebSocketFrameHeader(byte Opcode, bool IsFinal, long Length, uint Mask, int Bytes)
{
    public const byte Continuation = 0;
    public const byte Text = 1;
    public const byte Binary = 2;
    public const byte Close = 8;
    public const byte Ping = 9;
    public const byte Pong = 10;

    /// <summary>Most bytes of the payload of a control frame.</summary>
    public const int MaxControlBytes = 125;

    private const byte Final = 0x80;
    private const byte Reserved = 0x70;
    private const byte Masked = 0x80;
    private const byte Length16 = 126;
    private const byte Length64 = 127;
    private const int MaskBytes = 4;

    /// <summary>Whether it is about the connection, and may stand between the frames of a message.</summary>
    public bool IsControl => Opcode >= Close;

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">As many as there are.</param>
    /// <param name="header">The header, if it is one.</param>
    /// <returns>True if it is one, false if no client may send it, null if there are too few bytes to tell.</returns>
    public static bool? Read(ReadOnlySpan<byte> bytes, out WebSocketFrameHeader header)
    {
        header = default;
        if (bytes.Length < 2)
        {
            return null;
        }

        var opcode = (byte)(bytes[0] & 0xf);
        var isFinal = (bytes[0] & Final) != 0;
        long length = bytes[1] & ~Masked;
        if ((bytes[0] & Reserved) != 0 || (bytes[1] & Masked) == 0 || opcode is (> Binary and < Close) or > Pong || (opcode >= Close && (!isFinal || length > MaxControlBytes)))
        {
            return false;
        }

        var lengthBytes = length switch { Length16 => sizeof(ushort), Length64 => sizeof(long), _ => 0 };
        var size = 2 + lengthBytes + MaskBytes;
        if (bytes.Length < size)
        {
            return null;
        }

        length = lengthBytes switch
        {
            sizeof(ushort) => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            sizeof(long) => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
            _ => length,
        };
        header = new WebSocketFrameHeader(opcode, isFinal, length, BinaryPrimitives.ReadUInt32LittleEndian(bytes[(size - MaskBytes)..]), size);
        return length >= 0;
    }

    /// <summary>Takes the mask off a part of the payload.</summary>
    /// <param name="part">The part.</param>
    /// <param name="start">Where in the payload it begins.</param>
    public void Unmask(Span<byte> part, long start)
    {
        var mask = BitOperations.RotateRight(Mask, (int)(start & 3) * 8);
        if (mask == 0)
        {
            return;
        }

        // The first byte of the mask is its lowest, on any processor.
        var native = BitConverter.IsLittleEndian ? mask : BinaryPrimitives.ReverseEndianness(mask);
        var vectors = MemoryMarshal.Cast<byte, Vector<uint>>(part);
        foreach (ref var vector in vectors)
        {
            vector ^= new Vector<uint>(native);
        }

        var rest = part[(vectors.Length * Vector<byte>.Count)..];
        for (var i = 0; i < rest.Length; i++)
        {
            rest[i] ^= (byte)(mask >> ((i & 3) * 8));
        }
    }
}
