namespace ProjectSilo.Gateways.Hub;

/// <summary>What <see cref="HubFrameCodec.TryRead"/> found.</summary>
public enum HubFrameStatus
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>A frame was taken from the buffer. Its type or content may still be nonsense.</summary>
    Complete,

    /// <summary>A frame longer than allowed is announced. What follows can't be told apart, so the connection must be closed.</summary>
    TooLong,
}
