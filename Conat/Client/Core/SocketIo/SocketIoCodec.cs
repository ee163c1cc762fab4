using System.Buffers;
using System.Buffers.Text;
using System.Text;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core.SocketIo;

/// <summary>
/// Writes Socket.IO packets as messages of a WebSocket (spec 05 §1.4):
/// <code>
/// 4 type [attachments -] [/namespace ,] [ack id] [JSON]       text
/// bytes                                                       binary, once for each attachment
/// </code>
/// <see cref="SocketIoDecoder"/> reads them.
/// </summary>
public static class SocketIoCodec
{
    /// <summary>A packet with more attachments is refused by every receiver.</summary>
    public const int MaxAttachments = 10;

    /// <summary>Encodes <paramref name="packet"/>.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="text">Gets the whole text message, with the <c>4</c> it begins with.</param>
    /// <param name="attachments">Gets what shall be sent as binary messages directly after, in this order. Must be empty.</param>
    /// <exception cref="ArgumentException">More than <see cref="MaxAttachments"/> byte arrays.</exception>
    public static void Encode(SocketIoPacket packet, IBufferWriter<byte> text, IList<ReadOnlyMemory<byte>> attachments)
    {
        ArgumentNullException.ThrowIfNull(packet);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(attachments);
        ArgumentOutOfRangeException.ThrowIfNotEqual(attachments.Count, 0);
        var count = packet.Data is null ? 0 : CountAttachments(packet.Data);
        if (count > MaxAttachments)
        {
            throw new ArgumentException($"A packet has at most {MaxAttachments} byte arrays.", nameof(packet));
        }

        text.Write([(byte)EngineIoPacketType.Message, (byte)TypeFor(packet.Type, count)]);
        if (count > 0)
        {
            WriteNumber(count, text);
            text.Write("-"u8);
        }

        if (packet.Namespace != SocketIoPacket.DefaultNamespace)
        {
            Encoding.UTF8.GetBytes(packet.Namespace.AsSpan(), text);
            text.Write(","u8);
        }

        if (packet.AckId is { } id)
        {
            WriteNumber(id, text);
        }

        if (packet.Data is not null)
        {
            JsonTextWriter.Write(packet.Data, text, attachments);
        }
    }

    private static SocketIoPacketType TypeFor(SocketIoPacketType type, int attachments) => type switch
    {
        SocketIoPacketType.Event or SocketIoPacketType.BinaryEvent => attachments > 0 ? SocketIoPacketType.BinaryEvent : SocketIoPacketType.Event,
        SocketIoPacketType.Ack or SocketIoPacketType.BinaryAck => attachments > 0 ? SocketIoPacketType.BinaryAck : SocketIoPacketType.Ack,
        _ when attachments > 0 => throw new ArgumentException("Only events and acks have attachments."),
        _ => type,
    };

    /// <summary>How many byte arrays are in <paramref name="value"/>.</summary>
    public static int CountAttachments(WireValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var count = 0;
        switch (value)
        {
            case WireValue.Bytes:
                return 1;
            case WireValue.Items items:
                foreach (var item in items.Values)
                {
                    count += CountAttachments(item);
                }

                return count;
            case WireValue.Members members:
                foreach (var member in members.Values)
                {
                    count += CountAttachments(member.Value);
                }

                return count;
            default:
                return 0;
        }
    }

    private static void WriteNumber(long number, IBufferWriter<byte> output)
    {
        const int MaxDigits = 20;
        Utf8Formatter.TryFormat(number, output.GetSpan(MaxDigits), out var written);
        output.Advance(written);
    }
}
