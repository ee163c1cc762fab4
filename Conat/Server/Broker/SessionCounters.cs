namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What is counted of a session (spec 05 §12.1). Written by its connection, read by anybody.</summary>
internal sealed class SessionCounters(string address, TimeProvider time)
{
    private long _sentMessages;
    private long _sentBytes;
    private long _receivedMessages;
    private long _receivedBytes;
    private long _active;

    public string Address { get; } = address;

    public DateTimeOffset Connected { get; } = time.GetUtcNow();

    /// <summary>One chunk: bytes count each time, the message with its last.</summary>
    public void Published(RoutedMessage message)
    {
        Volatile.Write(ref _sentBytes, _sentBytes + message.PayloadBytes);
        Volatile.Write(ref _sentMessages, _sentMessages + (message.IsDone ? 1 : 0));
        Volatile.Write(ref _active, time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>What the client says that it received.</summary>
    public void Received(long messages, long bytes)
    {
        Volatile.Write(ref _receivedMessages, messages);
        Volatile.Write(ref _receivedBytes, bytes);
    }

    public SessionStatistics Read(BrokerSession session) => new(
        session.Id,
        session.User,
        Volatile.Read(ref _sentMessages),
        Volatile.Read(ref _sentBytes),
        Volatile.Read(ref _receivedMessages),
        Volatile.Read(ref _receivedBytes),
        session.Subscriptions.Length,
        Connected,
        Volatile.Read(ref _active) is > 0 and var active ? DateTimeOffset.FromUnixTimeMilliseconds(active) : null,
        Address);
}
