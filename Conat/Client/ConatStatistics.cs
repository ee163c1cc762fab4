namespace ProjectSilo.Conat;

/// <summary>What a client did since it was made.</summary>
/// <param name="Connections">How often it was connected.</param>
/// <param name="SentMessages">Messages published.</param>
/// <param name="SentBytes">Their payloads' bytes.</param>
/// <param name="ReceivedMessages">Whole messages received.</param>
/// <param name="ReceivedBytes">Their payloads' bytes.</param>
/// <param name="DroppedMessages">Messages that a full subscription dropped.</param>
/// <param name="DroppedChunks">Chunks of messages that never became whole.</param>
/// <param name="Subscriptions">Subjects subscribed to, the inbox included.</param>
/// <param name="PendingRequests">Requests that wait for replies.</param>
public sealed record ConatStatistics(
    int Connections,
    long SentMessages,
    long SentBytes,
    long ReceivedMessages,
    long ReceivedBytes,
    long DroppedMessages,
    long DroppedChunks,
    int Subscriptions,
    int PendingRequests);
