using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ProjectSilo.Benchmarks.Client;

/// <summary>
/// A conat client with a blocking socket: WebSocket frames by hand, as few calls as can be, so that what is measured is the server. Its frames are masked with
/// zeros.
/// </summary>
internal sealed class BrokerClient : IDisposable
{
    private const byte Text = 0x81;
    private const byte Binary = 0x82;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000, SendTimeout = 30_000 };
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>Connects, signs in and subscribes.</summary>
    public BrokerClient(int port, string cookie, string? subject)
    {
        _socket.Connect(IPAddress.Loopback, port);
        _socket.Send(Encoding.ASCII.GetBytes(
            "GET /conat/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {cookie}\r\n\r\n"));
        var end = -1;
        while ((end = _buffer.AsSpan(0, _end).IndexOf("\r\n\r\n"u8)) < 0)
        {
            Fill();
        }

        _start = end + 4;
        Expect("0{");
        Send("40");
        Expect("40{");
        var info = Expect("42");
        Send(string.Concat("43", info.AsSpan(2, info.IndexOf('[', StringComparison.Ordinal) - 2), "[]"));
        if (subject is not null)
        {
            Send($"420[\"subscribe\",{{\"subject\":\"{subject}\",\"queue\":\"{Guid.NewGuid()}\"}}]");
            Expect("430[{\"status\":\"added\"}]");
        }
    }

    /// <summary>The frames of <paramref name="count"/> messages that want an ack.</summary>
    public static byte[] Messages(string subject, int payloadBytes, int count)
    {
        using var frames = new MemoryStream();
        for (var i = 0; i < count; i++)
        {
            Write(frames, Text, Encoding.UTF8.GetBytes($"451-7[\"publish\",[\"{subject}\",\"ABCDEFGHIJ\",0,1,0,{{\"_placeholder\":true,\"num\":0}}]]"));
            Write(frames, Binary, new byte[payloadBytes]);
        }

        return frames.ToArray();
    }

    public void Send(byte[] frames) => _socket.Send(frames);

    /// <summary>Reads until so many acks have come.</summary>
    public void ReadAcks(int count) => ReadFrames(count, Text);

    /// <summary>Reads until so many messages have come, each a text and a binary frame.</summary>
    public void ReadMessages(int count) => ReadFrames(count, Binary);

    public void Dispose() => _socket.Dispose();

    private static void Write(MemoryStream frames, byte type, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[14];
        header.Clear();
        header[0] = type;
        var length = payload.Length switch { < 126 => 2, <= ushort.MaxValue => 4, _ => 10 };
        header[1] = (byte)(0x80 | (length switch { 2 => payload.Length, 4 => 126, _ => 127 }));
        if (length == 4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)payload.Length);
        }
        else if (length == 10)
        {
            BinaryPrimitives.WriteInt64BigEndian(header[2..], payload.Length);
        }

        frames.Write(header[..(length + 4)]);
        frames.Write(payload);
    }

    private void Send(string text)
    {
        using var frame = new MemoryStream();
        Write(frame, Text, Encoding.UTF8.GetBytes(text));
        Send(frame.ToArray());
    }

    private string Expect(string start)
    {
        var (type, at, length) = ReadFrame();
        var text = type == Text ? Encoding.UTF8.GetString(_buffer, at, length) : "";
        return text.StartsWith(start, StringComparison.Ordinal) ? text : throw new InvalidOperationException($"'{start}' was to come, not '{text}'.");
    }

    private void ReadFrames(int count, byte wanted)
    {
        while (count > 0)
        {
            var (type, at, length) = ReadFrame();
            if (type == Text && length == 1 && _buffer[at] == (byte)'2')
            {
                Send("3");
            }
            else if (type == wanted)
            {
                count--;
            }
        }
    }

    private (byte Type, int Start, int Length) ReadFrame()
    {
        Need(2);
        var type = _buffer[_start];
        long length = _buffer[_start + 1];
        var header = length switch { 126 => 4, 127 => 10, _ => 2 };
        Need(header);
        length = header switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_start + 2)),
            10 => BinaryPrimitives.ReadInt64BigEndian(_buffer.AsSpan(_start + 2)),
            _ => length,
        };
        Need(header + (int)length);
        var at = _start + header;
        _start = at + (int)length;
        return (type, at, (int)length);
    }

    private void Need(int count)
    {
        if (_buffer.Length - _start < count)
        {
            var larger = new byte[Math.Max(_buffer.Length, 2 * count)];
            _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
            (_buffer, _end, _start) = (larger, _end - _start, 0);
        }

        while (_end - _start < count)
        {
            Fill();
        }
    }

    private void Fill()
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }

        var count = _socket.Receive(_buffer.AsSpan(_end));
        _end += count > 0 ? count : throw new InvalidOperationException("The server has closed the connection.");
    }
}
