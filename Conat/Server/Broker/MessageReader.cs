using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Unicode;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// Reads the messages of a client's WebSocket out of the stream below it: texts into a buffer of its own, used again for the next text; binary ones into shared buffers.
/// While nothing comes it holds no memory.
/// </summary>
/// <param name="stream">Where frames come from; to read nothing from it waits until there is something.</param>
/// <param name="output">Where pings are answered.</param>
/// <param name="maxBytes">Of a message. A longer one is refused when its length is known, not when it is there.</param>
/// <param name="pool">Where buffers come from.</param>
internal sealed class MessageReader(Stream stream, FrameWriter output, int maxBytes, SharedBufferPool pool) : IDisposable
{
    /// <summary>What is missing of a message is read past the buffer if it is more than this.</summary>
    private const int MaxBufferedBytes = 4 * 1024;

    /// <summary>More is reserved for a message only as it comes.</summary>
    private const int MaxReservedBytes = 256 * 1024;
    private const int MinTextBytes = 256;
    private const int MaxKeptTextBytes = 64 * 1024;

    private readonly ReceiveBuffer _received = new(stream);

    /// <summary>The message whose frames are coming; the text is also <see cref="_text"/>.</summary>
    private SharedBuffer? _message;
    private bool _isText;

    /// <summary>Bytes still to come of a frame that was refused.</summary>
    private long _refusedBytes;

    /// <summary>Whether further frames of a refused message are coming.</summary>
    private bool _isRefusing;

    /// <summary>Where a frame begins can't be told any more.</summary>
    private bool _isBroken;
    private SharedBuffer? _text;
    private SharedBuffer? _kept;
    private bool _keepsText;
    private SharedBuffer? _binary;

    /// <summary>The text that was read last; valid until the next is read, unless it is kept.</summary>
    public ReadOnlyMemory<byte> Text => _text?.Memory ?? default;

    /// <summary>With what to end the WebSocket: after <see cref="MessageKind.Refused"/> why, after <see cref="MessageKind.End"/> what the other side ended it with.</summary>
    public WebSocketCloseStatus Status { get; private set; } = WebSocketCloseStatus.Empty;

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
        while (true)
        {
            WebSocketFrameHeader header;
            bool isSound;
            while (!HasHeader(out header, out isSound))
            {
                GiveTextBack();
                if (!await _received.FillAsync(cancellationToken).ConfigureAwait(false))
                {
                    return MessageKind.End;
                }
            }

            if (!isSound)
            {
                _isBroken = true;
                return Refuse(WebSocketCloseStatus.ProtocolError);
            }

            _received.Take(header.Bytes);
            if (header.IsControl)
            {
                if (!await HandleControlAsync(header, cancellationToken).ConfigureAwait(false))
                {
                    return MessageKind.End;
                }

                continue;
            }

            if (_isRefusing)
            {
                RefuseRest(header);
                continue;
            }

            if (header.Length > maxBytes - (_message?.Length ?? 0))
            {
                RefuseRest(header);
                return Refuse(WebSocketCloseStatus.MessageTooBig);
            }

            _message ??= Begin(header);
            for (long read = 0; read < header.Length;)
            {
                var part = await ReadPartAsync(_message, header, read, cancellationToken).ConfigureAwait(false);
                if (part == 0)
                {
                    return MessageKind.End;
                }

                read += part;
            }

            if (header.IsFinal)
            {
                return End();
            }
        }
    }

    public void Dispose()
    {
        ForgetText();
        DropMessage();
        _text?.Release();
        TakeBinary()?.Release();
        _received.GiveBack();
    }

    /// <summary>Begins a message with its first frame.</summary>
    private SharedBuffer Begin(in WebSocketFrameHeader header)
    {
        var bytes = (int)Math.Min(header.Length, MaxReservedBytes);
        _isText = header.Opcode == WebSocketFrameHeader.Text;
        return _isText ? EmptyText(bytes) : pool.Rent(bytes);
    }

    private MessageKind End()
    {
        var message = _message!;
        _message = null;
        if (!_isText)
        {
            _binary = message;
            return MessageKind.Binary;
        }

        return Utf8.IsValid(message.Memory.Span) ? MessageKind.Text : Refuse(WebSocketCloseStatus.InvalidPayloadData);
    }

    private MessageKind Refuse(WebSocketCloseStatus status)
    {
        DropMessage();
        Status = status;
        return MessageKind.Refused;
    }

    private void DropMessage()
    {
        if (!_isText)
        {
            _message?.Release();
        }

        _message = null;
    }

    /// <summary>The next frame's header, if it is there; what was refused is passed over first.</summary>
    private bool HasHeader(out WebSocketFrameHeader header, out bool isSound)
    {
        (header, isSound) = (default, false);
        var refused = _isBroken ? _received.Length : (int)Math.Min(_refusedBytes, _received.Length);
        _received.Take(refused);
        _refusedBytes -= _isBroken ? 0 : refused;
        if (_isBroken || _refusedBytes > 0 || WebSocketFrameHeader.Read(_received.Span, out header) is not { } isHeader)
        {
            return false;
        }

        // A message begins when there is none, and goes on when there is one.
        var isWithin = _message is not null || _isRefusing;
        isSound = isHeader && (header.IsControl || isWithin == (header.Opcode == WebSocketFrameHeader.Continuation));
        return true;
    }

    /// <summary>Passes over a frame, and those that follow it in the same message.</summary>
    private void RefuseRest(in WebSocketFrameHeader header) => (_refusedBytes, _isRefusing) = (header.Length, !header.IsFinal);

    /// <returns>False if it is the end.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> HandleControlAsync(WebSocketFrameHeader header, CancellationToken cancellationToken)
    {
        while (_received.Length < header.Length)
        {
            if (!await _received.FillAsync(cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }

        var payload = _received.Take((int)header.Length);
        header.Unmask(payload.Span, 0);
        switch (header.Opcode)
        {
            case WebSocketFrameHeader.Close:
                Status = WebSocketFrame.ReadClose(payload.Span);
                return false;
            case WebSocketFrameHeader.Ping:
                await output.SendAsync(WebSocketFrame.Pong(payload.Span), default, null, cancellationToken).ConfigureAwait(false);
                return true;
            default:
                return true;
        }
    }

    /// <summary>Takes what there is of a payload, or waits for more.</summary>
    /// <returns>How much; 0 if nothing comes any more.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadPartAsync(SharedBuffer message, WebSocketFrameHeader header, long read, CancellationToken cancellationToken)
    {
        var missing = header.Length - read;
        if (_received.Length == 0 && missing > MaxBufferedBytes)
        {
            var free = message.GetMemory();
            var part = free[..(int)Math.Min(free.Length, missing)];
            var count = await stream.ReadAsync(part, cancellationToken).ConfigureAwait(false);
            header.Unmask(part.Span[..count], read);
            message.Advance(count);
            return count;
        }

        if (_received.Length == 0 && !await _received.FillAsync(cancellationToken).ConfigureAwait(false))
        {
            return 0;
        }

        var buffered = _received.Take((int)Math.Min(_received.Length, missing)).Span;
        header.Unmask(buffered, read);
        message.Write(buffered);
        return buffered.Length;
    }

    /// <summary>While nothing comes: nobody reads the last text any more, unless it is kept or still coming.</summary>
    private void GiveTextBack()
    {
        if (_received.Length == 0 && !_keepsText && _message != _text)
        {
            _text?.Release();
            _text = null;
        }
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

        _text ??= pool.Rent(Math.Max(bytes, MinTextBytes));
        _text.Clear();
        return _text;
    }
}
