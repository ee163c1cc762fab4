using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Silo.Hosting;

/// <summary>
/// Refuses connections that would take the last descriptors (<see cref="DescriptorReserve"/>), each before the next is accepted: however many come in one burst, the
/// runtime keeps what it needs.
/// </summary>
internal sealed class ReservingListeners(IConnectionListenerFactory inner) : IConnectionListenerFactory
{
    /// <inheritdoc />
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await inner.BindAsync(endpoint, cancellationToken).ConfigureAwait(false));

    private sealed class Listener(IConnectionListener inner) : IConnectionListener
    {
        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (true)
            {
                var connection = await inner.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (connection?.Features.Get<IConnectionSocketFeature>() is not { } feature || !DescriptorReserve.IsTakenByConnection((int)feature.Socket.Handle))
                {
                    return connection;
                }

                // The socket first: what reads and writes it ends by that.
                feature.Socket.Dispose();
                connection.Abort(new ConnectionAbortedException("too few descriptors are left"));
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
