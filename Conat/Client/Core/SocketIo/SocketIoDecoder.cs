using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core.SocketIo;

/// <summary>
/// Puts the packets of one connection together from its messages. A malformed message is a return value; the connection must be closed then and the decoder not be
/// used again. Not thread-safe: one reader a connection.
/// </summary>
/// <param name="maxDepth">Most lists and objects within one another. A broker wraps what it passes on, so let it take less deep packets than clients do.</param>
/// <param name="maxValues">Most values in one packet: they take many times the memory of their bytes.</param>
public sealed class SocketIoDecoder(int maxDepth = WireJson.MaxDepth, int maxValues = WireJson.MaxValues)
{
    private const long MaxSafeInteger = 9007199254740991;

    private SocketIoPacket? _pending;
    private int _missing;
    private ReadOnlyMemory<byte>[] _attachments = [];

    /// <summary>Whether a packet waits for attachments.</summary>
    public bool IsPending => _pending is not null;

    /// <summary>Takes a text message.</summary>
    /// <param name="textAfterEngineType">What follows the <c>4</c>: <c>51-3["publish",[…]]</c>.</param>
    /// <param name="complete">The packet, unless it waits for attachments or there is an error.</param>
    /// <param name="error">What is wrong, if the result is false.</param>
    public bool TryText(ReadOnlySpan<byte> textAfterEngineType, out SocketIoPacket? complete, out SocketIoError error)
    {
        complete = null;
        if (IsPending)
        {
            error = SocketIoError.AttachmentMissing;
            return false;
        }

        error = Parse(textAfterEngineType, out var packet, out var attachments);
        if (error != SocketIoError.None)
        {
            return false;
        }

        if (attachments == 0)
        {
            complete = packet;
            return true;
        }

        (_pending, _missing, _attachments) = (packet, attachments, new ReadOnlyMemory<byte>[attachments]);
        return true;
    }

    /// <summary>Takes a binary message.</summary>
    /// <param name="attachment">The message; it becomes part of the packet and must not change any more.</param>
    /// <param name="complete">The packet that waited for it, if this was the last of its attachments.</param>
    /// <param name="error">What is wrong, if the result is false.</param>
    public bool TryBinary(ReadOnlyMemory<byte> attachment, out SocketIoPacket? complete, out SocketIoError error)
    {
        complete = null;
        error = SocketIoError.None;
        if (_pending is not { } packet)
        {
            error = SocketIoError.UnexpectedAttachment;
            return false;
        }

        _attachments[^_missing] = attachment;
        if (--_missing > 0)
        {
            return true;
        }

        var isWhole = TryFill(packet.Data!, _attachments, out var data);
        (_pending, _attachments) = (null, []);
        if (!isWhole)
        {
            error = SocketIoError.InvalidPlaceholder;
            return false;
        }

        complete = packet with { Data = data };
        return true;
    }

    private SocketIoError Parse(ReadOnlySpan<byte> text, out SocketIoPacket? packet, out int attachments)
    {
        packet = null;
        attachments = 0;
        if (text.IsEmpty)
        {
            return SocketIoError.Empty;
        }

        var type = (SocketIoPacketType)text[0];
        if (type is < SocketIoPacketType.Connect or > SocketIoPacketType.BinaryAck)
        {
            return SocketIoError.UnknownType;
        }

        text = text[1..];
        if (type is SocketIoPacketType.BinaryEvent or SocketIoPacketType.BinaryAck && !TryAttachmentCount(ref text, out attachments))
        {
            return SocketIoError.InvalidAttachmentCount;
        }

        var name = Namespace(ref text);
        if (!TryAckId(ref text, out var ackId))
        {
            return SocketIoError.InvalidAckId;
        }

        WireValue? data = null;
        if (!text.IsEmpty)
        {
            if (!TryJson(text, out var value))
            {
                return SocketIoError.InvalidJson;
            }

            data = value;
        }

        if (!IsValid(type, data, ackId))
        {
            return SocketIoError.InvalidData;
        }

        packet = new SocketIoPacket(type, data, ackId, name);
        return SocketIoError.None;
    }

    /// <summary><c>1-</c>, <c>10-</c>.</summary>
    private static bool TryAttachmentCount(ref ReadOnlySpan<byte> text, out int count)
    {
        if (!Utf8Parser.TryParse(text, out uint number, out var digits) || number is 0 or > SocketIoCodec.MaxAttachments || text[digits..] is not [(byte)'-', ..]
            || text[0] is not (>= (byte)'0' and <= (byte)'9'))
        {
            count = 0;
            return false;
        }

        count = (int)number;
        text = text[(digits + 1)..];
        return true;
    }

    /// <summary><c>/other,</c>, or to the end.</summary>
    private static string Namespace(ref ReadOnlySpan<byte> text)
    {
        if (text is not [(byte)'/', ..])
        {
            return SocketIoPacket.DefaultNamespace;
        }

        var end = text.IndexOf((byte)',');
        var name = end < 0 ? text : text[..end];
        text = end < 0 ? [] : text[(end + 1)..];
        return Encoding.UTF8.GetString(name);
    }

    private static bool TryAckId(ref ReadOnlySpan<byte> text, out long? ackId)
    {
        ackId = null;
        var digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        digits = digits < 0 ? text.Length : digits;
        if (digits == 0)
        {
            return true;
        }

        if (!Utf8Parser.TryParse(text[..digits], out long number, out _) || number > MaxSafeInteger)
        {
            return false;
        }

        ackId = number;
        text = text[digits..];
        return true;
    }

    private bool TryJson(ReadOnlySpan<byte> json, out WireValue value)
    {
        // A WebSocket's text is valid; a stranger's may not be.
        if (!Utf8.IsValid(json))
        {
            value = WireValue.Null;
            return false;
        }

        return new JsonTextReader(json, maxValues).TryRead(maxDepth, out value);
    }

    private static bool IsValid(SocketIoPacketType type, WireValue? data, long? ackId) => type switch
    {
        SocketIoPacketType.Connect => data is null or WireValue.Members,
        SocketIoPacketType.Disconnect => data is null,
        SocketIoPacketType.ConnectError => data is null or WireValue.Members or WireValue.Text,
        SocketIoPacketType.Event or SocketIoPacketType.BinaryEvent => data is WireValue.Items { Values: [WireValue.Text, ..] },
        _ => data is WireValue.Items && ackId is not null,
    };

    /// <summary>Puts attachments where <c>{"_placeholder":true,"num":0}</c> stands. What holds none is not copied.</summary>
    private static bool TryFill(WireValue value, ReadOnlyMemory<byte>[] attachments, out WireValue filled)
    {
        filled = value;
        switch (value)
        {
            case WireValue.Items items:
                var newItems = default(ImmutableArray<WireValue>.Builder);
                for (var i = 0; i < items.Values.Length; i++)
                {
                    if (!TryFill(items.Values[i], attachments, out var item))
                    {
                        return false;
                    }

                    if (!ReferenceEquals(item, items.Values[i]))
                    {
                        newItems ??= items.Values.ToBuilder();
                        newItems[i] = item;
                    }
                }

                filled = newItems is null ? value : new WireValue.Items(newItems.MoveToImmutable());
                return true;
            case WireValue.Members members when members["_placeholder"] is WireValue.Bool { Value: true }:
                if (members["num"] is not WireValue.Number number || !double.IsInteger(number.Value) || number.Value < 0 || number.Value >= attachments.Length)
                {
                    return false;
                }

                filled = new WireValue.Bytes(attachments[(int)number.Value]);
                return true;
            case WireValue.Members members:
                var newMembers = default(ImmutableArray<KeyValuePair<string, WireValue>>.Builder);
                for (var i = 0; i < members.Values.Length; i++)
                {
                    if (!TryFill(members.Values[i].Value, attachments, out var member))
                    {
                        return false;
                    }

                    if (!ReferenceEquals(member, members.Values[i].Value))
                    {
                        newMembers ??= members.Values.ToBuilder();
                        newMembers[i] = new KeyValuePair<string, WireValue>(members.Values[i].Key, member);
                    }
                }

                filled = newMembers is null ? value : new WireValue.Members(newMembers.MoveToImmutable());
                return true;
            default:
                return true;
        }
    }
}
