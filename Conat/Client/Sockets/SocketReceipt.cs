namespace ProjectSilo.Conat.Sockets;

/// <summary>What became of a message that has come.</summary>
internal enum SocketReceipt
{
    /// <summary>It has its place.</summary>
    Taken = 0,

    /// <summary>It was there before.</summary>
    Duplicate,

    /// <summary>So many are missing before it that they can't be had any more.</summary>
    TooFar,
}
