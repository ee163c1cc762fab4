using Microsoft.Extensions.Options;
using Orleans.Runtime;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
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
internal sealed class FileReadService(ApiTable api, IOptions<ConatGatewayOptions> options) : IBusService
{
    private readonly ConatGatewayOptions _options = options.Value;
    private readonly RequestSlots _slots = new(
        options.Value.MaxFileReads, options.Value.MaxWaitingFileReads, "too many files are being read; try again later");

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
            using var slot = await _slots.Acquire(cancellationToken).ConfigureAwait(false);
            await Send(call, path, request.Caller, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The edge of a request. The receiver may be gone, so nobody is waited for.
            call.Respond(WireValue.Null, WithHeader(ConatHeaders.Error, request.Fail(exception)));
        }

        return WireValue.Null;
    }

    private async Task Send(ConatCall call, string path, string caller, CancellationToken cancellationToken)
    {
        var blocks = api.Grain<IFilesGrain>().ReadBlocks(path, FileBlocks.Bytes, caller, cancellationToken);
        using var chunk = new ChunkBuffer(_options.FileChunkBytes);
        long sequence = 0;

        // While a chunk is sent, the next is begun to be read.
        await foreach (var block in blocks.WithBatchSize(FileBlocks.ReadAhead).ConfigureAwait(false))
        {
            for (var rest = chunk.Add(block); chunk.IsFull; rest = chunk.Add(rest))
            {
                await Send(call, chunk, ++sequence, cancellationToken).ConfigureAwait(false);
            }
        }

        if (chunk.Length > 0)
        {
            await Send(call, chunk, ++sequence, cancellationToken).ConfigureAwait(false);
        }

        await Send(call, WithHeader("done", true), cancellationToken).ConfigureAwait(false);
    }

    private async Task Send(ConatCall call, ChunkBuffer chunk, long sequence, CancellationToken cancellationToken)
    {
        try
        {
            await Send(call, WithHeader("seq", sequence) with { Raw = chunk.Encoded }, cancellationToken).ConfigureAwait(false);
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

    private static async Task Send(ConatCall call, PublishOptions publish, CancellationToken cancellationToken)
    {
        var result = await call.RespondAsync(WireValue.Null, publish, cancellationToken).ConfigureAwait(false);
        if (result.Count == 0)
        {
            throw new RequestException("receiver is gone");
        }
    }

    private PublishOptions WithHeader(string name, WireValue value) =>
        new() { Headers = new WireObject { [name] = value }.Build(), Timeout = _options.FileChunkTimeout };
}
