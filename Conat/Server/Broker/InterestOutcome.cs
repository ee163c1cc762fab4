namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What became of waiting for interest.</summary>
/// <param name="HasInterest">Whether somebody is subscribed.</param>
/// <param name="Error">Null if that is known.</param>
internal readonly record struct InterestOutcome(bool HasInterest, BrokerError? Error = null);
