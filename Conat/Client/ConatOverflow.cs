namespace ProjectSilo.Conat;

/// <summary>What a subscription does with a message that it has no room for. It never holds up the connection.</summary>
public enum ConatOverflow
{
    /// <summary>The oldest messages make room: for what is superseded by what comes later.</summary>
    DropOldest = 0,

    /// <summary>The new message is dropped: for requests, whose senders then run into their timeout.</summary>
    DropNewest,

    /// <summary>The subscription ends with an error after what it has: for streams, where a gap is worse than an end.</summary>
    End,
}
