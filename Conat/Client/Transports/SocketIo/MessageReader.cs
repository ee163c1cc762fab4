using System.Net.WebSockets;

namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>Reads whole messages of a WebSocket into a buffer that grows with what really comes.</summary>
internal sealed class MessageReader(WebSocket socket, int maxBytes)
{
    private const int UsualBytes = 16 * 1024;

    /// <summary>A buffer that a large message has left is let go beyond this.</summary>
    private const int KeptBytes = 1024 * 1024;

    private byte[] _buffer = new byte[UsualBytes];
    private int _length;

    /// <summary>The message; valid until the next one is read.</summary>
    public ReadOnlySpan<byte> Message => _buffer.AsSpan(0, _length);

    /// <summary>Reads the next message.</summary>
    /// <returns>Its type; <see cref="WebSocketMessageType.Close"/> at the end.</returns>
    /// <exception cref="InvalidDataException">It is larger than allowed.</exception>
    public async ValueTask<WebSocketMessageType> ReadAsync(CancellationToken cancellationToken)
    {
        _length = 0;
        if (_buffer.Length > KeptBytes)
        {
            _buffer = new byte[UsualBytes];
        }

        while (true)
        {
            if (_length == _buffer.Length)
            {
                // One byte more than allowed tells that it is too large.
                Array.Resize(ref _buffer, (int)Math.Min(_buffer.Length * 2L, maxBytes + 1L));
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
}
