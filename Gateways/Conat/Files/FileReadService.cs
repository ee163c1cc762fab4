using Microsoft.Extensions.Options;
using Orleans.Runtime;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Gateways.Conat.Files;

/// <summary>
/// <c>project.&lt;id&gt;.&lt;cs&gt;.files:read.-</c> (spec 06 §7.1): <c>{"path":"a.bin"}</c> is answered by the file's bytes in messages, each of which is taken by the
/// broker before the next is sent, while that is being read already.
/// <code>
/// c4 0b 68 65 6c …   header {"seq":1}       4,194,304 bytes each but the last
/// c0                 header {"done":true}   or {"error":"Error: ENOENT: …"} at any time
/// </code>
/// </summary>
internal sealed class FileReadService(ConatClient client, ApiTable api, IOptions<ConatGatewayOptions> options) : IBusService
{
    private const string Gone = "receiver is gone";

    private readonly ConatGatewayOptions _options = options.Value;
    private readonly RequestSlots _slots = new(
        options.Value.MaxFileReads, options.Value.MaxWaitingFileReads, "too many files are being read; try again later");
    private readonly RequestSlots _absent = new(options.Value.MaxAbsentFileReaders, maxWaiting: 0, Gone);

    /// <inheritdoc />
    public string Name => "files:read";

    /// <inheritdoc />
    public ServiceOptions Options => ServiceOptions.Message;

    /// <inheritdoc />
    public string MethodOf(ConatCall call) => "";

    /// <inheritdoc />
    public async ValueTask<WireValue> Handle(ConatCall call, BusRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var path = (call[0] as WireValue.Members ?? new WireValue.Members([])).RequiredText("path");
            using var reader = new Reader(this, call);
            await reader.Acquire(cancellationToken).ConfigureAwait(false);
            await Send(reader, path, request.Caller, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The edge of a request. The receiver may be gone, so nobody is waited for.
            call.Respond(WireValue.Null, WithHeader(ConatHeaders.Error, request.Fail(exception)));
        }

        return WireValue.Null;
    }

    private async Task Send(Reader reader, string path, string caller, CancellationToken cancellationToken)
    {
        var blocks = api.Grain<IFilesGrain>().ReadBlocks(path, FileBlocks.Bytes, caller, cancellationToken);
        using var chunk = new ChunkBuffer(_options.FileChunkBytes);
        long sequence = 0;

        // While a chunk is sent, the next is begun to be read.
        await foreach (var block in blocks.WithBatchSize(FileBlocks.ReadAhead).ConfigureAwait(false))
        {
            for (var rest = chunk.Add(block); chunk.IsFull; rest = chunk.Add(rest))
            {
                await Send(reader, chunk, ++sequence, cancellationToken).ConfigureAwait(false);
            }
        }

        if (chunk.Length > 0)
        {
            await Send(reader, chunk, ++sequence, cancellationToken).ConfigureAwait(false);
        }

        await reader.Send(WithHeader("done", true), cancellationToken).ConfigureAwait(false);
    }

    private async Task Send(Reader reader, ChunkBuffer chunk, long sequence, CancellationToken cancellationToken)
    {
        try
        {
            await reader.Send(WithHeader("seq", sequence) with { Raw = chunk.Encoded }, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // It may still wait to be sent.
            chunk.Abandon();
            throw;
        }

        ConatInstruments.FileTransferred(Name, chunk.Length);
        chunk.Clear();
    }

    private Task<bool> Await(string reply, CancellationToken cancellationToken) => client.WaitForInterestAsync(reply, _options.FileChunkTimeout, cancellationToken);

    private PublishOptions WithHeader(string name, WireValue value) =>
        new() { Headers = new WireObject { [name] = value }.Build(), Timeout = _options.FileChunkTimeout };

    /// <summary>Whoever gets the file, and the slot in which it is read.</summary>
    private sealed class Reader(FileReadService service, ConatCall call) : IDisposable
    {
        private SemaphoreSlot? _slot;

        public async Task Acquire(CancellationToken cancellationToken) => _slot = await service._slots.Acquire(cancellationToken).ConfigureAwait(false);

        /// <summary>Waits until the broker has it. A reader that isn't there may come back, which isn't waited for at the expense of the others.</summary>
        public async Task Send(PublishOptions publish, CancellationToken cancellationToken)
        {
            if (await IsTaken(publish, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            if (call.Message.Reply is not { } reply)
            {
                throw new RequestException(Gone);
            }

            using (await service._absent.Acquire(cancellationToken).ConfigureAwait(false))
            {
                Dispose();
                await service.Await(reply, cancellationToken).ConfigureAwait(false);
                await Acquire(cancellationToken).ConfigureAwait(false);
            }

            if (!await IsTaken(publish, cancellationToken).ConfigureAwait(false))
            {
                throw new RequestException(Gone);
            }
        }

        public void Dispose() => _slot?.Dispose();

        private async Task<bool> IsTaken(PublishOptions publish, CancellationToken cancellationToken) =>
            (await call.PublishReplyAsync(WireValue.Null, publish, cancellationToken).ConfigureAwait(false)).Count > 0;
    }
}
