using Microsoft.Extensions.Options;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Gateways.Conat.Files;

/// <summary>
/// <c>project.&lt;id&gt;.&lt;cs&gt;.files:write.-</c> (spec 06 §7.2): for <c>{"name":"eizACI1rYU","path":"a.bin","maxWait":600000}</c> the daemon fetches the file from the
/// uploader's <c>files:readeizACI1rYU</c>, and answers once: <c>{"status":"success","bytes":11,"chunks":1}</c> when the file is in its place, or
/// <c>{"error":"Error: …","status":"error"}</c>.
/// </summary>
internal sealed class FileWriteService(ConatClient client, ApiTable api, IOptions<ConatGatewayOptions> options) : IBusService
{
    private readonly ConatGatewayOptions _options = options.Value;
    private readonly RequestSlots _slots = new(options.Value.MaxUploads, maxWaiting: 0, "too many files are being uploaded; try again later");

    /// <inheritdoc />
    public string Name => "files:write";

    /// <inheritdoc />
    public ServiceOptions Options => ServiceOptions.Message;

    /// <inheritdoc />
    public string MethodOf(ConatCall call) => "";

    /// <inheritdoc />
    public async ValueTask<WireValue> Handle(ConatCall call, BusRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var message = call[0] as WireValue.Members ?? new WireValue.Members([]);
            using var slot = await _slots.Acquire(cancellationToken).ConfigureAwait(false);
            var (bytes, chunks) = await Receive(
                SubjectOf(message.RequiredText("name")), message.RequiredText("path"), MaxWait(message["maxWait"]), request.Caller, cancellationToken).ConfigureAwait(false);
            return new WireObject { ["status"] = "success", ["bytes"] = bytes, ["chunks"] = chunks }.Build();
        }
        catch (Exception exception)
        {
            // The edge of a request.
            return new WireObject { ["error"] = request.Fail(exception), ["status"] = "error" }.Build();
        }
    }

    private async Task<(long Bytes, long Chunks)> Receive(string subject, string path, TimeSpan maxWait, string caller, CancellationToken cancellationToken)
    {
        var upload = api.Grain<IUploadGrain>(ConatId.New());
        await upload.Start(path, maxWait, caller).ConfigureAwait(false);
        var isDone = false;
        try
        {
            long chunks = 0;
            await foreach (var chunk in FileDownload.Receive(client, subject, path, maxWait, cancellationToken).ConfigureAwait(false))
            {
                // The next is looked at when this is written: what comes faster waits in the client, within a bound.
                await upload.Append(FileBlocks.Of(chunk.Span)).ConfigureAwait(false);
                ConatInstruments.FileTransferred(Name, chunk.Length);
                chunks++;
            }

            var bytes = await upload.Commit(cancellationToken).ConfigureAwait(false);
            isDone = true;
            return (bytes, chunks);
        }
        finally
        {
            if (!isDone)
            {
                await upload.Abort().ConfigureAwait(false);
            }
        }
    }

    /// <summary>The uploader's one-time service. A name that could end the token, or name another service, is refused.</summary>
    private string SubjectOf(string name) =>
        name.Length > 0 && name.All(char.IsAsciiLetterOrDigit)
            ? ConatNames.ProjectSubject(api.Identity.ProjectId, "files:read" + name, api.Identity.ComputeServerId)
            : throw new RequestException("name must match [0-9a-zA-Z]+");

    private TimeSpan MaxWait(WireValue value)
    {
        if (value is WireValue.Nothing)
        {
            return _options.UploadMaxWait;
        }

        return value.AsNumber() is > 0 and var milliseconds
            ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, _options.LongestUploadMaxWait.TotalMilliseconds))
            : throw new RequestException("maxWait must be a positive number");
    }
}
