using System.Runtime.CompilerServices;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// The stream below a server's WebSocket. The framework's WebSocket reads from it, and writes what the protocol asks for (pongs, the end after an error); we
/// write our messages beside it, many at once. One writes at a time.
/// </summary>
internal sealed class FrameStream(Stream inner) : Stream
{
    private const int PieceBytes = 128 * 1024;

    /// <summary>Held while whole frames are written.</summary>
    private readonly SemaphoreSlim _gate = new(1, 1);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Writes frames, and the payload of the last of them if that isn't with it: in pieces, since the server copies what it is given at once.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> frames, ReadOnlyMemory<byte> payload, Action? progress, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await inner.WriteAsync(frames, cancellationToken).ConfigureAwait(false);
            while (!payload.IsEmpty)
            {
                var piece = payload[..Math.Min(payload.Length, PieceBytes)];
                await inner.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
                payload = payload[piece.Length..];
                progress?.Invoke();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => SendAsync(buffer, default, null, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
