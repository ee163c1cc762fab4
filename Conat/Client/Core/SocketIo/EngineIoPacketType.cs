namespace ProjectSilo.Conat.Core.SocketIo;

/// <summary>The first character of a text message of the WebSocket; a binary message has none (spec 05 §1.3).</summary>
public enum EngineIoPacketType : byte
{
    /// <summary><c>0{json}</c>, the broker's first frame: <see cref="EngineIoOpen"/>.</summary>
    Open = (byte)'0',

    /// <summary><c>1</c>. On a WebSocket it does nothing: the end of the WebSocket does.</summary>
    Close = (byte)'1',

    /// <summary><c>2</c>, the broker's heartbeat. From a client it is an error.</summary>
    Ping = (byte)'2',

    /// <summary><c>3</c>, the client's answer, at once.</summary>
    Pong = (byte)'3',

    /// <summary><c>4</c>, then a <see cref="SocketIoPacket"/>.</summary>
    Message = (byte)'4',

    /// <summary><c>5</c>, a change of transports, which nobody makes here.</summary>
    Upgrade = (byte)'5',

    /// <summary><c>6</c>. Ignored.</summary>
    Noop = (byte)'6',
}
