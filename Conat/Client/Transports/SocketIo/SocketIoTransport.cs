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
        var socket = new ClientWebSocket();
        try
        {
            await PrepareAsync(socket).ConfigureAwait(false);
            await socket.ConnectAsync(ConatNames.WebSocketAddress(options.Address), either.Token).ConfigureAwait(false);
            connection = new SocketIoConnection(socket, options, _ackIds, receiver);
            await connection.Opened.WaitAsync(either.Token).ConfigureAwait(false);
            return connection;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            await AbandonAsync(connection, socket).ConfigureAwait(false);
            throw new ConatException("timeout", 408);
        }
        catch (WebSocketException exception)
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

    private static async ValueTask AbandonAsync(SocketIoConnection? connection, ClientWebSocket socket)
    {
        socket.Abort();
        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        socket.Dispose();
    }

    private async ValueTask PrepareAsync(ClientWebSocket socket)
    {
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        socket.Options.Proxy = null;
        if (options.Cookie is not null)
        {
            socket.Options.SetRequestHeader("Cookie", await options.Cookie().ConfigureAwait(false));
        }

        if (!options.VerifyTls)
        {
#pragma warning disable CA5359 // Asked for by the option.
            socket.Options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
    }
}
