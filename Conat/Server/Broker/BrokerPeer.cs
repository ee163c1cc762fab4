namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What the handshake of a WebSocket said.</summary>
/// <param name="Cookies">The header <c>Cookie</c>; null if there was none. Holds secrets.</param>
/// <param name="Address">Where the client is, for statistics.</param>
/// <param name="ServerAddress">How it reached the broker, e.g. <c>http://localhost:5000</c>; what the event <c>cluster</c> answers.</param>
public sealed record BrokerPeer(string? Cookies, string Address, string ServerAddress)
{
    /// <summary>Without the cookies.</summary>
    public override string ToString() => Address;
}
