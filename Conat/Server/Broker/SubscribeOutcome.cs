namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What became of a subscription.</summary>
/// <param name="Error">Null if there is a subscription now.</param>
/// <param name="IsAlreadyAdded">It was there before.</param>
/// <param name="IsNewPattern">Nobody had this pattern before: once the subscriber knows, those who wait for interest shall.</param>
internal readonly record struct SubscribeOutcome(BrokerError? Error, bool IsAlreadyAdded = false, bool IsNewPattern = false);
