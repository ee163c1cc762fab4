namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What a WebSocket brought.</summary>
internal enum MessageKind
{
    Text,
    Binary,

    /// <summary>What the other side may not send: <see cref="MessageReader.Status"/> says why.</summary>
    Refused,

    /// <summary>The other side sends no more.</summary>
    End,
}
