namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What a WebSocket brought.</summary>
internal enum MessageKind
{
    Text,
    Binary,

    /// <summary>More than the limit; the rest of it is still to come.</summary>
    TooLarge,

    /// <summary>The other side sends no more.</summary>
    End,
}
