namespace ProjectSilo.Conat.Sockets;

/// <summary>Where an end of a socket stands (spec 06 §6.3).</summary>
public enum ConatSocketState
{
    /// <summary>It isn't connected; what is written waits.</summary>
    Disconnected = 0,

    /// <summary>It looks for the other end.</summary>
    Connecting,

    /// <summary>Data goes both ways.</summary>
    Ready,

    /// <summary>It has ended for good.</summary>
    Closed,
}
