using System.Net.WebSockets;

namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>
/// Sends binary messages, large ones in fragments (RFC 6455 §5.4): .NET's WebSocket copies a frame before it sends it, into a buffer that each thread then keeps.
/// </summary>
internal static class LargeMessage
{
    private const int FragmentBytes = 128 * 1024;

    /// <summary>Sends one message. Nothing else may be sent before it ends.</summary>
    /// <param name="socket">Where.</param>
    /// <param name="message">All of it.</param>
    /// <param name="cancellationToken">Breaks the connection.</param>
    public static async ValueTask SendAsync(WebSocket socket, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        while (message.Length > FragmentBytes)
        {
            await socket.SendAsync(message[..FragmentBytes], WebSocketMessageType.Binary, endOfMessage: false, cancellationToken).ConfigureAwait(false);
            message = message[FragmentBytes..];
        }

        await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken).ConfigureAwait(false);
    }
}
