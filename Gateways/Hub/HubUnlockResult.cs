namespace ProjectSilo.Gateways.Hub;

/// <summary>How <see cref="HubUnlock"/> ended.</summary>
internal enum HubUnlockResult
{
    Unlocked,

    /// <summary>A wrong token; the answer was <c>n</c>.</summary>
    Refused,

    /// <summary>The other side closed before the token was complete.</summary>
    Closed,
}
