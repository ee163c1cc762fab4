using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// Reads whole messages of a WebSocket: texts into a buffer of its own, used again for the next text; binary ones into shared buffers of their size.
/// </summary>
internal sealed class MessageReader(WebSocket socket, int maxBytes, SharedBufferPool pool) : IDisposable
{
    /// <summary>Enough for the usual text; an idle connection keeps it.</summary>
    private const int FirstBytes = 512;
    private const int NextBytes = 16 * 1024;
    private const int MaxKeptTextBytes = 64 * 1024;

    private readonly byte[] _first = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private readonly SharedBufferPool _pool = pool;
    private SharedBuffer? _text;
    private SharedBuffer? _kept;
    private bool _keepsText;
    private SharedBuffer? _binary;

    /// <summary>The text that was read last; valid until the next text, unless it is kept.</summary>
    public ReadOnlyMemory<byte> Text => _text?.Memory ?? default;

    /// <summary>The text stays valid until <see cref="ForgetText"/>: between a packet and its attachments other texts may come, pongs for one.</summary>
    public void KeepText() => _keepsText = true;

    /// <summary>The kept text isn't needed any more.</summary>
    public void ForgetText()
    {
        _keepsText = false;
        _kept?.Release();
        _kept = null;
    }

    /// <summary>The binary message that was read last; the caller releases it. Null if there is none.</summary>
    public SharedBuffer? TakeBinary()
    {
        var binary = _binary;
        _binary = null;
        return binary;
    }

    /// <summary>Reads the next message.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<MessageKind> ReadAsync(CancellationToken cancellationToken)
    {
        var part = await socket.ReceiveAsync(_first.AsMemory(), cancellationToken).ConfigureAwait(false);
        if (part.MessageType == WebSocketMessageType.Close)
        {
            return MessageKind.End;
        }

        var isText = part.MessageType == WebSocketMessageType.Text;
        var message = isText ? EmptyText(part.Count) : _pool.Rent(part.EndOfMessage ? part.Count : NextBytes);
        if (!isText)
        {
            _binary = message;
        }

        message.Write(_first.AsSpan(0, part.Count));
        while (!part.EndOfMessage)
        {
            part = await socket.ReceiveAsync(message.GetMemory(), cancellationToken).ConfigureAwait(false);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return MessageKind.End;
            }

            message.Advance(part.Count);
            if (message.Length > maxBytes)
            {
                TakeBinary()?.Release();
                return MessageKind.TooLarge;
            }
        }

        return isText ? MessageKind.Text : MessageKind.Binary;
    }

    public void Dispose()
    {
        ForgetText();
        _text?.Release();
        TakeBinary()?.Release();
        ArrayPool<byte>.Shared.Return(_first);
    }

    private SharedBuffer EmptyText(int bytes)
    {
        if (_keepsText && _kept is null)
        {
            (_kept, _text) = (_text, null);
        }

        if (_text is { Length: > MaxKeptTextBytes })
        {
            _text.Release();
            _text = null;
        }

        _text ??= _pool.Rent(Math.Max(bytes, 256));
        _text.Clear();
        return _text;
    }
}
