namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What subscribes: a connection over a WebSocket or within the process.</summary>
public interface IMessageReceiver
{
    /// <summary>
    /// Takes a message because of <paramref name="interest"/>. Never waits and never throws: who can't keep up is disconnected. What of the message is needed
    /// later is copied, or its buffers are held.
    /// </summary>
    void Deliver(RoutedMessage message, PatternInterest interest);

    /// <summary>
    /// Ends when the receiver has room again for such a message; null if it has now, or if it takes nothing at all. Acks of what was published to it wait for this, so that
    /// who waits for acks, like the sender of a file, goes as fast as the receiver does. Messages never wait.
    /// </summary>
    Task? Room(RoutedMessage message) => null;
}
