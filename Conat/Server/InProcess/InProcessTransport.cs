using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Transports;

namespace ProjectSilo.Conat.Server.InProcess;

/// <summary>
/// Reaches a broker of the same process: no socket, no text, payloads are handed over (architecture, decision 6). What a client meets is as over Socket.IO: <c>info</c>,
/// permissions, limits of subscriptions, bounded queues. Only the limits of connections don't apply: nobody outside can take the daemon's own place.
/// </summary>
/// <param name="broker">The broker.</param>
/// <param name="user">Who connects; the process knows, so nothing has to be proved.</param>
public sealed class InProcessTransport(ConatBroker broker, ConatUser user) : IConatTransport
{
    /// <inheritdoc />
    public Task<IConatConnection> ConnectAsync(IConatReceiver receiver, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IConatConnection>(new InProcessConnection(broker, user, receiver));
    }
}
