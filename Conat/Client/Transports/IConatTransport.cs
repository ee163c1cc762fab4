namespace ProjectSilo.Conat.Transports;

/// <summary>A way to a broker: Socket.IO, or in process. The client makes one connection after the other over it.</summary>
public interface IConatTransport
{
    /// <summary>Connects once. When to try again is the client's business.</summary>
    /// <param name="receiver">Gets what comes, from now until the connection's end, one after the other.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ProjectSilo.Conat.Core.ConatException">It can't, or not in time.</exception>
    Task<IConatConnection> ConnectAsync(IConatReceiver receiver, CancellationToken cancellationToken);
}
