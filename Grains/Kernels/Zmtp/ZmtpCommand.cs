using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ProjectSilo.Grains.Kernels.Zmtp;

/// <summary>
/// Commands: a frame whose body is the name, with its length in front, and data: <c>04 19 · 05 READY · 0B Socket-Type · 00 00 00 03 SUB</c>.
/// </summary>
internal static class ZmtpCommand
{
    private const int TimeToLiveLength = 2;
    private const int MaxPingContext = 16;

    public static ReadOnlySpan<byte> Ready => "READY"u8;

    public static ReadOnlySpan<byte> Error => "ERROR"u8;

    public static ReadOnlySpan<byte> Ping => "PING"u8;

    private static ReadOnlySpan<byte> Pong => "PONG"u8;

    private static ReadOnlySpan<byte> SocketTypeName => "Socket-Type"u8;

    private static ReadOnlySpan<byte> IdentityName => "Identity"u8;

    /// <summary>Takes a command's body apart.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> data)
    {
        name = data = default;
        if (body.IsEmpty || body[0] == 0 || body[0] > body.Length - 1)
        {
            return false;
        }

        name = body.Slice(1, body[0]);
        data = body[(1 + body[0])..];
        return true;
    }

    /// <summary>Writes the READY command.</summary>
    /// <param name="type">Our socket's type.</param>
    /// <param name="identity">At most 255 bytes; empty for none.</param>
    /// <param name="output">Takes the frame.</param>
    public static void WriteReady(ZmtpSocketType type, string identity, IBufferWriter<byte> output)
    {
        var body = new ArrayBufferWriter<byte>();
        WriteText(Ready, body);
        WriteProperty(SocketTypeName, NameOf(type), body);
        if (identity.Length > 0)
        {
            WriteProperty(IdentityName, Encoding.UTF8.GetBytes(identity), body);
        }

        ZmtpFrame.Write(ZmtpFlags.Command, body.WrittenSpan, output);
    }

    /// <summary>Reads a READY command's data.</summary>
    /// <param name="data">Properties: <c>0B Socket-Type 00 00 00 06 ROUTER</c> …</param>
    /// <param name="type">Our socket's type.</param>
    /// <returns>False if it is malformed, or the peer's type is none that ours speaks to.</returns>
    public static bool IsReadyFor(ZmtpSocketType type, ReadOnlySpan<byte> data)
    {
        var isPeer = false;
        while (!data.IsEmpty)
        {
            if (!TryReadProperty(ref data, out var name, out var value))
            {
                return false;
            }

            isPeer |= Ascii.EqualsIgnoreCase(name, SocketTypeName) && IsPeer(type, value);
        }

        return isPeer;
    }

    /// <summary>Writes the answer to a PING.</summary>
    /// <param name="pingData">Two bytes of time to live, and up to 16 bytes that the answer repeats.</param>
    /// <param name="output">Takes the frame.</param>
    /// <returns>False if it is no PING.</returns>
    public static bool TryWritePong(ReadOnlySpan<byte> pingData, IBufferWriter<byte> output)
    {
        if (pingData.Length is < TimeToLiveLength or > TimeToLiveLength + MaxPingContext)
        {
            return false;
        }

        Span<byte> body = stackalloc byte[1 + Pong.Length + MaxPingContext];
        var context = pingData[TimeToLiveLength..];
        body[0] = (byte)Pong.Length;
        Pong.CopyTo(body[1..]);
        context.CopyTo(body[(1 + Pong.Length)..]);
        ZmtpFrame.Write(ZmtpFlags.Command, body[..(1 + Pong.Length + context.Length)], output);
        return true;
    }

    private static ReadOnlySpan<byte> NameOf(ZmtpSocketType type) => type switch
    {
        ZmtpSocketType.Dealer => "DEALER"u8,
        ZmtpSocketType.Sub => "SUB"u8,
        _ => "REQ"u8,
    };

    private static bool IsPeer(ZmtpSocketType type, ReadOnlySpan<byte> peer) => type switch
    {
        ZmtpSocketType.Dealer => peer.SequenceEqual("ROUTER"u8) || peer.SequenceEqual("DEALER"u8) || peer.SequenceEqual("REP"u8),
        ZmtpSocketType.Sub => peer.SequenceEqual("PUB"u8) || peer.SequenceEqual("XPUB"u8),
        _ => peer.SequenceEqual("REP"u8) || peer.SequenceEqual("ROUTER"u8),
    };

    private static void WriteText(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> output)
    {
        output.Write([(byte)text.Length]);
        output.Write(text);
    }

    private static void WriteProperty(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ArrayBufferWriter<byte> output)
    {
        WriteText(name, output);
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(sizeof(int)), value.Length);
        output.Advance(sizeof(int));
        output.Write(value);
    }

    private static bool TryReadProperty(ref ReadOnlySpan<byte> data, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!TryParse(data, out name, out var rest) || rest.Length < sizeof(int))
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        rest = rest[sizeof(int)..];
        if (length > rest.Length)
        {
            return false;
        }

        value = rest[..(int)length];
        data = rest[(int)length..];
        return true;
    }
}
