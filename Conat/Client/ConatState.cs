namespace ProjectSilo.Conat;

/// <summary>Where a client stands.</summary>
public enum ConatState
{
    /// <summary>It has no connection, and tries to get one unless it was never started.</summary>
    Disconnected = 0,

    /// <summary>It has a connection, but the broker has not said who we are.</summary>
    Connected,

    /// <summary>The broker takes what we send.</summary>
    SignedIn,

    /// <summary>It was closed and does nothing any more.</summary>
    Closed,
}
