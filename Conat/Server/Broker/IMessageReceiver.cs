namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What subscribes: a connection over a WebSocket or within the process.</summary>
public interface IMessageReceiver
{
    /// <summary>
    /// Takes a message because of <paramref name="interest"/>. Never waits and never throws: who can't keep up is disconnected. What of the message is needed
    /// later is copied, or its buffers are held.
    /// </summary>
    void Deliver(RoutedMessage message, PatternInterest interest);
}
