using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ProjectSilo.Benchmarks.Client;

/// <summary>One connection that is kept: blocking, one thread, as <see cref="HubClient"/>. Of an answer only the status is looked at.</summary>
internal sealed class HttpClientConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[256 * 1024];

    public HttpClientConnection(int port)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 120_000 };
        _socket.Connect(IPAddress.Loopback, port);
    }

    /// <summary>A request to read a file; the baseline takes it, too.</summary>
    public static byte[] ReadText(string path) => Encoding.ASCII.GetBytes(
        $"GET /api/v1/read-text-file?path={path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {Servers.ServerProcess.Token}\r\n\r\n");

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <exception cref="InvalidOperationException">The status is not 200, or the answer doesn't tell its length.</exception>
    public void Call(ReadOnlySpan<byte> request)
    {
        _socket.Send(request);
        var filled = 0;
        int end;
        while ((end = _buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            filled += Receive(_buffer.AsSpan(filled));
        }

        var head = _buffer.AsSpan(0, end + 2);
        if (!head.StartsWith("HTTP/1.1 200 "u8))
        {
            throw new InvalidOperationException(Encoding.ASCII.GetString(head));
        }

        for (var left = ContentLength(head) - (filled - end - 4); left > 0;)
        {
            left -= Receive(_buffer);
        }
    }

    public void Dispose() => _socket.Dispose();

    private static long ContentLength(ReadOnlySpan<byte> head)
    {
        var name = "\r\nContent-Length: "u8;
        var at = head.IndexOf(name);
        var value = at < 0 ? [] : head[(at + name.Length)..];
        return at >= 0 && System.Buffers.Text.Utf8Parser.TryParse(value, out long length, out _)
            ? length
            : throw new InvalidOperationException("The answer has no Content-Length.");
    }

    private int Receive(Span<byte> buffer) =>
        _socket.Receive(buffer) is > 0 and var count ? count : throw new InvalidOperationException("The server closed the connection.");
}
