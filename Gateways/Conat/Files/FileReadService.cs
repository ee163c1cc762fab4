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
        var blocks = api.Grain<IFilesGrain>().ReadBlocks(path, _options.FileChunkBytes, caller, cancellationToken);
        long sequence = 0;

        // One block waits here while the one before is sent, and a third may be read meanwhile.
        await foreach (var block in blocks.WithBatchSize(1).ConfigureAwait(false))
        {
            await Send(call, new WireValue.Bytes(block), WithHeader("seq", ++sequence), cancellationToken).ConfigureAwait(false);
            ConatInstruments.FileTransferred(Name, block.Length);
        }

        await Send(call, WireValue.Null, WithHeader("done", true), cancellationToken).ConfigureAwait(false);
    }

    private static async Task Send(ConatCall call, WireValue data, PublishOptions publish, CancellationToken cancellationToken)
    {
        var result = await call.RespondAsync(data, publish, cancellationToken).ConfigureAwait(false);
        if (result.Count == 0)
        {
            throw new RequestException("receiver is gone");
        }
    }

    private PublishOptions WithHeader(string name, WireValue value) =>
        new() { Headers = new WireObject { [name] = value }.Build(), Timeout = _options.FileChunkTimeout };
}
