using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Text;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>
/// Opens WebSockets over plain sockets. The framework's <c>ClientWebSocket</c> brings all of its HTTP client, 13 MB, into a daemon whose server may not even be there;
/// the frames are the framework's.
/// </summary>
internal static class WebSocketConnector
{
    private const int MaxHeadBytes = 16 * 1024;

    /// <summary>Connects to <c>ws://</c> or <c>wss://</c>.</summary>
    /// <param name="address">With path and query.</param>
    /// <param name="cookie">The header <c>Cookie</c>, or null for none.</param>
    /// <param name="verifyTls">Whether the certificate must be valid.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">It can't, or the server refuses.</exception>
    /// <exception cref="ConatException">The cookie can't be sent.</exception>
    public static async Task<WebSocket> ConnectAsync(Uri address, string? cookie, bool verifyTls, CancellationToken cancellationToken)
    {
        var key = WebSocketHandshake.NewKey();
        var request = Encoding.ASCII.GetBytes(WebSocketHandshake.Request(address, key, cookie));
        Stream? stream = null;
        try
        {
            stream = await OpenStreamAsync(address, verifyTls, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(request, cancellationToken).ConfigureAwait(false);
            if (WebSocketHandshake.Refusal(await ReadHeadAsync(stream, cancellationToken).ConfigureAwait(false), key) is { } refusal)
            {
                throw new IOException(refusal);
            }

            return WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = false, KeepAliveInterval = TimeSpan.Zero });
        }
        catch
        {
            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    private static async Task<Stream> OpenStreamAsync(Uri address, bool verifyTls, CancellationToken cancellationToken)
    {
        var socket = await ConnectAsync(address, cancellationToken).ConfigureAwait(false);
        socket.NoDelay = true;
        var stream = new NetworkStream(socket, ownsSocket: true);
        return address.Scheme == Uri.UriSchemeWss ? await AddTlsAsync(stream, address.IdnHost, verifyTls, cancellationToken).ConfigureAwait(false) : stream;
    }

    /// <summary>
    /// Connects to the first of the host's addresses that answers. By events: the socket's own tasks make a failure's stack trace with lines of source, and load what
    /// reads them, for a server that is only not there yet.
    /// </summary>
    private static async Task<Socket> ConnectAsync(Uri address, CancellationToken cancellationToken)
    {
        using var connecting = new SocketAsyncEventArgs
        {
            RemoteEndPoint = IPAddress.TryParse(address.IdnHost, out var ip) ? new IPEndPoint(ip, address.Port) : new DnsEndPoint(address.IdnHost, address.Port),
        };
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connecting.Completed += (_, _) => done.SetResult();
        if (Socket.ConnectAsync(SocketType.Stream, ProtocolType.Tcp, connecting))
        {
            using var cancelling = cancellationToken.Register(static connecting => Socket.CancelConnectAsync((SocketAsyncEventArgs)connecting!), connecting);
            await done.Task.ConfigureAwait(false);
        }

        if (connecting.SocketError == SocketError.Success)
        {
            return connecting.ConnectSocket!;
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw new IOException(Describe(connecting.SocketError));
    }

    /// <summary>The usual ones without what the framework would load for its text.</summary>
    private static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "Connection refused",
        SocketError.HostNotFound or SocketError.TryAgain => "Name or service not known",
        SocketError.TimedOut => "Connection timed out",
        _ => new SocketException((int)error).Message,
    };

    /// <summary>Apart, so that nothing of TLS is loaded without need.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<Stream> AddTlsAsync(NetworkStream inner, string host, bool verify, CancellationToken cancellationToken)
    {
        var stream = new SslStream(inner);
        try
        {
            var options = new SslClientAuthenticationOptions { TargetHost = host };
            if (!verify)
            {
#pragma warning disable CA5359 // Asked for by the option.
                options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
            }

            await stream.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch (AuthenticationException exception)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new IOException(exception.Message, exception);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The head of the answer without its end. Byte by byte, since what follows is the WebSocket's: some two hundred small reads, once a connection.</summary>
    private static async Task<string> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new byte[MaxHeadBytes];
        var length = 0;
        while (!head.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
        {
            if (length == head.Length)
            {
                throw new IOException("the server's answer is too long");
            }

            if (await stream.ReadAsync(head.AsMemory(length, 1), cancellationToken).ConfigureAwait(false) == 0)
            {
                throw new IOException("the server closed the connection");
            }

            length++;
        }

        return Encoding.ASCII.GetString(head, 0, length - WebSocketHandshake.HeadEnd.Length);
    }
}
