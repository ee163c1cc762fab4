using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text.Unicode;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// A server's WebSocket frames (RFC 6455 §5.2): whole messages, not masked, not compressed.
/// <code>
/// 81 05                      text of 5 bytes
/// 82 7e 01 00                binary of 256 bytes
/// 82 7f 00 00 00 00 00 01 00 00
/// 88 00, 88 02 03 f1         close without a status, with 1009
/// 8a 02 61 62                pong
/// </code>
/// </summary>
internal static class WebSocketFrame
{
    public const byte Text = 0x81;
    public const byte Binary = 0x82;
    public const int MaxHeaderBytes = 10;

    private const byte Close = 0x88;
    private const byte PongType = 0x8a;
    private const byte Length16 = 126;
    private const byte Length64 = 127;

    /// <summary>Writes the header of a message.</summary>
    /// <returns>Its bytes.</returns>
    public static int WriteHeader(byte type, int length, Span<byte> header)
    {
        header[0] = type;
        switch (length)
        {
            case < Length16:
                header[1] = (byte)length;
                return 2;
            case <= ushort.MaxValue:
                header[1] = Length16;
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
                return 4;
            default:
                header[1] = Length64;
                BinaryPrimitives.WriteInt64BigEndian(header[2..], length);
                return MaxHeaderBytes;
        }
    }

    /// <summary>Writes the end; <see cref="WebSocketCloseStatus.Empty"/> is none at all, which clients see as 1005.</summary>
    /// <returns>Its bytes.</returns>
    public static int WriteClose(WebSocketCloseStatus status, Span<byte> frame)
    {
        frame[0] = Close;
        frame[1] = 0;
        if (status == WebSocketCloseStatus.Empty)
        {
            return 2;
        }

        frame[1] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)status);
        return 4;
    }

    /// <summary>The answer to a ping.</summary>
    /// <param name="payload">Of the ping; short.</param>
    public static byte[] Pong(ReadOnlySpan<byte> payload) => [PongType, (byte)payload.Length, .. payload];

    /// <summary>Reads the payload of a client's end.</summary>
    /// <returns>What to answer: its own status, or what is wrong with that.</returns>
    public static WebSocketCloseStatus ReadClose(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < sizeof(ushort))
        {
            return payload.IsEmpty ? WebSocketCloseStatus.Empty : WebSocketCloseStatus.ProtocolError;
        }

        // 1004 to 1006 and 1015 stand for what is never sent.
        var status = BinaryPrimitives.ReadUInt16BigEndian(payload);
        return status is not ((>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999)) ? WebSocketCloseStatus.ProtocolError
            : !Utf8.IsValid(payload[sizeof(ushort)..]) ? WebSocketCloseStatus.InvalidPayloadData
            : (WebSocketCloseStatus)status;
    }
}
