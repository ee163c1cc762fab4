namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What became of a chunk.</summary>
/// <param name="Count">Pairs of pattern and queue group that got it; the pattern <c>&gt;</c> isn't counted.</param>
/// <param name="Error">Null if it was routed, be it to nobody.</param>
/// <param name="Room">The ack waits for it (<see cref="IMessageReceiver.Room"/>); null: it doesn't wait.</param>
internal readonly record struct PublishOutcome(int Count, BrokerError? Error = null, Task? Room = null);
