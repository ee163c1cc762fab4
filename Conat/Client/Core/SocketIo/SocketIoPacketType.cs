namespace ProjectSilo.Conat.Core.SocketIo;

/// <summary>The kind of a Socket.IO packet: the digit after <c>4</c> (spec 05 §1.4).</summary>
public enum SocketIoPacketType : byte
{
    /// <summary><c>40</c>, answered by <c>40{"sid":"…"}</c>.</summary>
    Connect = (byte)'0',

    /// <summary><c>41</c>.</summary>
    Disconnect = (byte)'1',

    /// <summary><c>42["stats",{…}]</c>, with an ack id <c>427["subscribe",{…}]</c>.</summary>
    Event = (byte)'2',

    /// <summary><c>437[{"status":"added"}]</c>.</summary>
    Ack = (byte)'3',

    /// <summary><c>44{"message":"…"}</c>.</summary>
    ConnectError = (byte)'4',

    /// <summary><c>451-["publish",[…]]</c>, then one binary message.</summary>
    BinaryEvent = (byte)'5',

    /// <summary><c>461-7[…]</c>, then one binary message. Taken, never sent by CoCalc.</summary>
    BinaryAck = (byte)'6',
}
