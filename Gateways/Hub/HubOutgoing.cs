using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;

namespace ProjectSilo.Gateways.Hub;

/// <summary>
/// What waits to be read by one hub. One writer sends it in order, small frames together in one write. Bound: <see cref="HubGatewayOptions.MaxOutgoingBytes"/> besides what is being written;
/// policy: a hub that lets more pile up, or takes nothing for long, is disconnected.
/// </summary>
internal sealed class HubOutgoing(PipeWriter output, HubGatewayOptions options, TimeProvider time, Action<string> disconnect)
{
    private const int BytesPerFlush = 64 * 1024;

    // Unbounded in number because it is bounded in bytes. Who enqueues a frame also writes it to the pipe if the writer waits, which only copies: handing it to
    // another thread would cost a small answer a quarter of its time.
    private readonly Channel<Outgoing> _frames =
        Channel.CreateUnbounded<Outgoing>(new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true });
    private long _waitingBytes;

    /// <summary>Sends what <paramref name="frames"/> holds, one or more whole frames that stay adjacent. Dropped silently when the connection is gone.</summary>
    public void Enqueue(ArrayBufferWriter<byte> frames)
    {
        var waiting = Interlocked.Add(ref _waitingBytes, frames.WrittenCount);
        if (waiting > options.MaxOutgoingBytes && waiting > frames.WrittenCount)
        {
            disconnect("it does not read its answers");
            return;
        }

        _frames.Writer.TryWrite(new Outgoing(frames.WrittenMemory, [], null));
    }

    /// <summary>Sends a large message, encoded while it is sent. One at a time: the bound is for what piles up behind it.</summary>
    /// <returns>Completes when it is written, or when the connection has ended.</returns>
    public Task Send(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _frames.Writer.TryWrite(new Outgoing(default, pieces, written)) ? written.Task : Task.CompletedTask;
    }

    /// <summary>Accepts nothing more; <see cref="Run"/> ends when what waits is sent.</summary>
    public void Complete() => _frames.Writer.TryComplete();

    /// <summary>Writes until <see cref="Complete"/> or until the connection ends.</summary>
    public async Task Run(CancellationToken cancellationToken)
    {
        var reader = _frames.Reader;
        while (await reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            long bytes = 0;
            while (bytes < BytesPerFlush && reader.TryRead(out var outgoing))
            {
                // What is being written no longer waits.
                Interlocked.Add(ref _waitingBytes, -outgoing.Frames.Length);
                await Write(outgoing.Frames, cancellationToken).ConfigureAwait(false);
                bytes += outgoing.Frames.Length;
                foreach (var piece in outgoing.Pieces)
                {
                    await Write(piece, cancellationToken).ConfigureAwait(false);
                    await Flush(cancellationToken).ConfigureAwait(false);
                }

                outgoing.Written?.TrySetResult();
            }

            await Flush(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Piece by piece, so that the pipe never holds a second copy of all of it.</summary>
    private async ValueTask Write(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (; bytes.Length > BytesPerFlush; bytes = bytes[BytesPerFlush..])
        {
            output.Write(bytes.Span[..BytesPerFlush]);
            await Flush(cancellationToken).ConfigureAwait(false);
        }

        output.Write(bytes.Span);
    }

    private async ValueTask Flush(CancellationToken cancellationToken)
    {
        var flush = output.FlushAsync(cancellationToken);
        if (flush.IsCompletedSuccessfully)
        {
            _ = flush.Result;
            return;
        }

        try
        {
            await flush.AsTask().WaitAsync(options.WriteStallTimeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            disconnect("it has stopped reading");
            throw new OperationCanceledException();
        }
    }

    /// <param name="Frames">Whole small frames.</param>
    /// <param name="Pieces">A large message.</param>
    /// <param name="Written">Whom to tell, if anybody.</param>
    private readonly record struct Outgoing(ReadOnlyMemory<byte> Frames, IEnumerable<ReadOnlyMemory<byte>> Pieces, TaskCompletionSource? Written);
}
