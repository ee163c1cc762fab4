namespace ProjectSilo.Conat.Server.Broker;

/// <summary>A session in numbers (spec 05 §12.1).</summary>
/// <param name="Id">The socket id.</param>
/// <param name="User">Who it is.</param>
/// <param name="SentMessages">What it published.</param>
/// <param name="SentBytes">Payload of all chunks.</param>
/// <param name="ReceivedMessages">What it last said that it received.</param>
/// <param name="ReceivedBytes">Payload of those.</param>
/// <param name="Subscriptions">How many it has now.</param>
/// <param name="Connected">Since when.</param>
/// <param name="Active">When it last published; null if never.</param>
/// <param name="Address">Where from.</param>
public sealed record SessionStatistics(
    string Id,
    ConatUser User,
    long SentMessages,
    long SentBytes,
    long ReceivedMessages,
    long ReceivedBytes,
    int Subscriptions,
    DateTimeOffset Connected,
    DateTimeOffset? Active,
    string Address);
