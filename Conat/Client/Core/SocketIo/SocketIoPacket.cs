using System.Collections.Immutable;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core.SocketIo;

/// <summary>
/// One Socket.IO packet, complete with its attachments, which are <see cref="WireValue.Bytes"/> where they belong in <see cref="Data"/> (spec 05 §1.4).
/// </summary>
/// <param name="Type">Its kind. Of an event or ack, the encoder chooses the binary one if there are bytes in <paramref name="Data"/>.</param>
/// <param name="Data">
/// An event's list <c>["publish",[…]]</c> or an ack's <c>[{"count":1}]</c> as <see cref="WireValue.Items"/>; a connect's object; null if nothing follows.
/// </param>
/// <param name="AckId">An event that has it shall be answered once by an ack with the same; an ack always has it.</param>
/// <param name="Namespace">Always <c>/</c> in practice; what a peer asked for else is refused.</param>
public sealed record SocketIoPacket(SocketIoPacketType Type, WireValue? Data = null, long? AckId = null, string Namespace = SocketIoPacket.DefaultNamespace)
{
    /// <summary>The only namespace there is. It is written as nothing at all.</summary>
    public const string DefaultNamespace = "/";

    /// <summary>An event: <c>42["stats",{…}]</c>.</summary>
    public static SocketIoPacket Event(string name, WireValue argument, long? ackId = null) =>
        new(SocketIoPacketType.Event, new WireValue.Items([name, argument]), ackId);

    /// <summary>The answer to an event: <c>437[{"count":1}]</c>, without a value <c>437[]</c>.</summary>
    public static SocketIoPacket Ack(long ackId, WireValue? value = null) =>
        new(SocketIoPacketType.Ack, new WireValue.Items(value is null ? [] : [value]), ackId);

    /// <summary>Whether this is an event, with or without attachments.</summary>
    public bool IsEvent => Type is SocketIoPacketType.Event or SocketIoPacketType.BinaryEvent;

    /// <summary>Whether this is an ack, with or without attachments.</summary>
    public bool IsAck => Type is SocketIoPacketType.Ack or SocketIoPacketType.BinaryAck;

    /// <summary>The event's name; null if this is no event.</summary>
    public string? EventName => IsEvent && Data is WireValue.Items { Values: [WireValue.Text name, ..] } ? name.Value : null;

    /// <summary>An event's arguments or an ack's values; else none.</summary>
    public ImmutableArray<WireValue> Arguments =>
        Data is not WireValue.Items items ? [] : IsEvent ? items.Values[Math.Min(1, items.Values.Length)..] : IsAck ? items.Values : [];
}
