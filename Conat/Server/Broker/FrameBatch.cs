using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>Collects frames to be sent at once: a call to the kernel costs more than most messages. Large payloads are not copied.</summary>
/// <param name="frames">Where they go.</param>
/// <param name="progress">Called while a large payload is sent.</param>
internal sealed class FrameBatch(FrameWriter frames, Action progress)
{
    private const int Capacity = 16 * 1024;
    private const int MaxCopiedBytes = 4 * 1024;

    /// <summary>Rented while there is something in it: an idle connection has none.</summary>
    private byte[] _buffer = [];
    private int _length;

    /// <summary>Adds a message; what is too large to be copied is sent before this ends.</summary>
    public ValueTask AddAsync(byte type, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        if (_length + WebSocketFrame.MaxHeaderBytes + Math.Min(payload.Length, MaxCopiedBytes) > Capacity)
        {
            return AddAfterFlushAsync(type, payload, cancellationToken);
        }

        _length += WebSocketFrame.WriteHeader(type, payload.Length, Free());
        if (payload.Length > MaxCopiedBytes)
        {
            return SendAsync(payload, cancellationToken);
        }

        payload.Span.CopyTo(Free());
        _length += payload.Length;
        return default;
    }

    /// <summary>Adds the end.</summary>
    public async ValueTask AddCloseAsync(WebSocketCloseStatus status, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        _length = WebSocketFrame.WriteClose(status, Free());
    }

    /// <summary>Sends what there is.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => _length == 0 ? default : SendAsync(default, cancellationToken);

    /// <summary>Gives the buffer back.</summary>
    public void Clear()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            (_buffer, _length) = ([], 0);
        }
    }

    private Span<byte> Free()
    {
        if (_buffer.Length == 0)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(Capacity);
        }

        return _buffer.AsSpan(_length);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AddAfterFlushAsync(byte type, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        await AddAsync(type, payload, cancellationToken).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        await frames.SendAsync(_buffer.AsMemory(0, _length), payload, progress, cancellationToken).ConfigureAwait(false);
        _length = 0;
    }
}
