using System.Net.WebSockets;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>
/// Reaches a CoCalc conat server, or ProjectSilo's own broker: Socket.IO v4 over one WebSocket (spec 05 §1, §2). Compression is never offered: frames are small or binary.
/// </summary>
public sealed class SocketIoTransport(SocketIoOptions options) : IConatTransport
{
    /// <summary>Numbers the events that want an answer; it goes on from connection to connection (spec 05 §1.4).</summary>
    private readonly AckCounter _ackIds = new();

    /// <inheritdoc />
    public async Task<IConatConnection> ConnectAsync(IConatReceiver receiver, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        SocketIoConnection? connection = null;
        WebSocket? socket = null;
        try
        {
            var cookie = options.Cookie is null ? null : await options.Cookie().ConfigureAwait(false);
            socket = await WebSocketConnector.ConnectAsync(ConatNames.WebSocketAddress(options.Address), cookie, options.VerifyTls, either.Token).ConfigureAwait(false);
            connection = new SocketIoConnection(socket, options, _ackIds, receiver);
            await connection.Opened.WaitAsync(either.Token).ConfigureAwait(false);
            return connection;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            await AbandonAsync(connection, socket).ConfigureAwait(false);
            throw new ConatException("timeout", 408);
        }
        catch (IOException exception)
        {
            await AbandonAsync(connection, socket).ConfigureAwait(false);
            throw new ConatException($"can't connect to {options.Address.GetLeftPart(UriPartial.Authority)}: {exception.Message}", null, exception);
        }
        catch
        {
            await AbandonAsync(connection, socket).ConfigureAwait(false);
            throw;
        }
    }

    private static async ValueTask AbandonAsync(SocketIoConnection? connection, WebSocket? socket)
    {
        socket?.Abort();
        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        socket?.Dispose();
    }
}
