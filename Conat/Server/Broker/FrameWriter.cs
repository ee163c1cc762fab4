using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>Writes frames of a WebSocket into the stream below it: those of a batch, and between two batches the answers to a client's pings. One writes at a time.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is not used holds nothing.")]
internal sealed class FrameWriter(Stream stream)
{
    private const int PieceBytes = 128 * 1024;

    /// <summary>Held while whole frames are written.</summary>
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>Writes frames, and the payload of the last of them if that isn't with it: in pieces, since the server copies what it is given at once.</summary>
    /// <param name="frames">At least the header of one.</param>
    /// <param name="payload">What is missing of the last one.</param>
    /// <param name="progress">Called while a large payload is sent.</param>
    /// <param name="cancellationToken">Gives up, and leaves half a frame behind.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> frames, ReadOnlyMemory<byte> payload, Action? progress, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(frames, cancellationToken).ConfigureAwait(false);
            while (!payload.IsEmpty)
            {
                var piece = payload[..Math.Min(payload.Length, PieceBytes)];
                await stream.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
                payload = payload[piece.Length..];
                progress?.Invoke();
            }
        }
        finally
        {
            _gate.Release();
        }
    }
}
