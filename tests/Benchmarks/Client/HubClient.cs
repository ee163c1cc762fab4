using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ProjectSilo.Benchmarks.Client;

/// <summary>
/// A client of the hub port (spec 02 §1, §2), of the echo just as well: blocking, one thread, no JSON reader. Of an answer only the size and the first bytes are
/// kept.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int HeaderBytes = 5;
    private const int KeptBytes = 512;

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _begin;
    private int _end;
    private bool _isHub;

    private HubClient(int port)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 120_000 };
        _socket.Connect(IPAddress.Loopback, port);
    }

    /// <summary>Whether a whole or partial answer is already here.</summary>
    public bool HasMore => _end > _begin;

    /// <summary>Connects to the echo.</summary>
    public static HubClient ConnectEcho(int port) => new(port);

    /// <summary>Connects to the daemon and unlocks.</summary>
    public static HubClient ConnectHub(int port)
    {
        var client = new HubClient(port);
        client.Send(Encoding.ASCII.GetBytes(Servers.ServerProcess.Token));
        var answer = new byte[1];
        if (client._socket.Receive(answer) != 1 || answer[0] != (byte)'y')
        {
            throw new InvalidOperationException("The daemon refused the token.");
        }

        client._isHub = true;
        return client;
    }

    /// <summary>What a hub sends now and then (spec 02 §11), or it is disconnected after 45 s. It has no answer; an echo would have one, so it gets none.</summary>
    public void Heartbeat()
    {
        if (_isHub)
        {
            Send(HubRequests.Heartbeat);
        }
    }

    public void Send(ReadOnlySpan<byte> frames)
    {
        while (frames.Length > 0)
        {
            frames = frames[_socket.Send(frames)..];
        }
    }

    /// <summary>Reads one frame; gives the number of bytes of its payload and how it begins.</summary>
    public HubAnswer Receive()
    {
        Fill(HeaderBytes);
        var length = (int)BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_begin)) - 1;
        _begin += HeaderBytes;
        var kept = Math.Min(length, KeptBytes);
        Fill(kept);
        var head = Encoding.UTF8.GetString(_buffer, _begin, kept);
        Skip(length);
        return new HubAnswer(length, head);
    }

    /// <summary>Reads one frame and does not look at it; on the path that is timed.</summary>
    public void ReceiveUnseen()
    {
        Fill(HeaderBytes);
        var length = (int)BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_begin)) - 1;
        _begin += HeaderBytes;
        Skip(length);
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="InvalidOperationException">The answer is an error.</exception>
    public HubAnswer Call(ReadOnlySpan<byte> request)
    {
        Heartbeat();
        Send(request);
        var answer = Receive();
        return answer.IsError ? throw new InvalidOperationException(answer.Head) : answer;
    }

    public void Dispose() => _socket.Dispose();

    private void Skip(int count)
    {
        while (count > 0)
        {
            if (_begin == _end)
            {
                Fill(1);
            }

            var step = Math.Min(count, _end - _begin);
            _begin += step;
            count -= step;
        }
    }

    /// <summary>Sees to it that <paramref name="count"/> bytes are there.</summary>
    private void Fill(int count)
    {
        if (_end - _begin >= count)
        {
            return;
        }

        _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
        _end -= _begin;
        _begin = 0;
        while (_end < count)
        {
            var received = _socket.Receive(_buffer.AsSpan(_end));
            if (received == 0)
            {
                throw new InvalidOperationException("The server closed the connection.");
            }

            _end += received;
        }
    }
}
