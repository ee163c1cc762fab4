using System.Net.WebSockets;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>Reads whole messages of a WebSocket into a buffer that grows with what really comes.</summary>
internal sealed class MessageReader(WebSocket socket, int maxBytes)
{
    private const int UsualBytes = 16 * 1024;

    private byte[] _buffer = PayloadArrays.Rent(UsualBytes);
    private int _length;

    /// <summary>The message; valid until the next one is read.</summary>
    public ReadOnlySpan<byte> Message => _buffer.AsSpan(0, _length);

    /// <summary>The message itself if it is large, with what gives its memory back; it is the caller's from now on.</summary>
    public (ReadOnlyMemory<byte> Bytes, IDisposable? Lease) Take()
    {
        if (_length < PayloadArrays.LargeBytes || _length < _buffer.Length / 2)
        {
            return (Message.ToArray(), null);
        }

        var array = _buffer;
        _buffer = PayloadArrays.Rent(UsualBytes);
        return (array.AsMemory(0, _length), new ArrayLease(array));
    }

    /// <summary>Reads the next message.</summary>
    /// <returns>Its type; <see cref="WebSocketMessageType.Close"/> at the end.</returns>
    /// <exception cref="InvalidDataException">It is larger than allowed.</exception>
    public async ValueTask<WebSocketMessageType> ReadAsync(CancellationToken cancellationToken)
    {
        _length = 0;
        if (_buffer.Length > PayloadArrays.LargeBytes)
        {
            PayloadArrays.Return(_buffer);
            _buffer = PayloadArrays.Rent(UsualBytes);
        }

        while (true)
        {
            if (_length == _buffer.Length)
            {
                Grow();
            }

            var result = await socket.ReceiveAsync(_buffer.AsMemory(_length), cancellationToken).ConfigureAwait(false);
            _length += result.Count;
            if (_length > maxBytes)
            {
                throw new InvalidDataException($"a message of more than {maxBytes} bytes");
            }

            if (result.EndOfMessage || result.MessageType == WebSocketMessageType.Close)
            {
                return result.MessageType;
            }
        }
    }

    /// <summary>One byte more than allowed tells that a message is too large.</summary>
    private void Grow()
    {
        var larger = PayloadArrays.Rent((int)Math.Max(Math.Min(_buffer.Length * 2L, maxBytes + 1L), _length + 1L));
        Message.CopyTo(larger);
        PayloadArrays.Return(_buffer);
        _buffer = larger;
    }
}
