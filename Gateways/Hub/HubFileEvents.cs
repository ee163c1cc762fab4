using Microsoft.Extensions.Options;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Gateways.Hub;

/// <summary>The events by which a hub reads and writes files (spec 02 §6).</summary>
internal sealed class HubFileEvents(ApiTable api, IOptions<HubGatewayOptions> options, TimeProvider time)
{
    private IFilesGrain Files => api.Grain<IFilesGrain>();

    /// <summary><c>{"event":"read_file_from_project","id":"r1","path":"a"}</c> → <c>{"event":"file_read_from_project","data_uuid":"…"}</c> and the blob.</summary>
    public async Task ReadFile(HubRequest request)
    {
        // A slot is held until the file is written to the hub, so that many reads at once don't pile up in memory.
        using var slot = await request.Session.EnterFileRead(request.CancellationToken).ConfigureAwait(false);
        var archive = request.Message["archive"].ScalarToText();
        var file = await Files.ReadBlob(Path(request), archive, request.Caller, request.CancellationToken)
            .WaitAsync(options.Value.FileReadTimeout, time, request.CancellationToken).ConfigureAwait(false);
        var uuid = Sha1Uuid.Of(file.Content.Span);
        var answer = new WireObject
        {
            ["event"] = "file_read_from_project",
            ["data_uuid"] = uuid,
            ["archive"] = file.Archive is { } format ? (WireValue)format : null,
        };
        await request.Answer(answer, uuid, file.Content).ConfigureAwait(false);
    }

    /// <summary>
    /// <c>{"event":"write_file_to_project","id":"w1","path":"a","data_uuid":"…"}</c>, then the blob → <c>{"event":"file_written_to_project"}</c>. Called when the blob has
    /// come, in the order of the blobs, and calls the grain before it returns: two writes of one file end as the hub sent them.
    /// </summary>
    public async Task WriteFile(HubRequest request)
    {
        await Files.WriteBlob(Path(request), request.Blob, request.Caller, CancellationToken.None).ConfigureAwait(false);
        await request.Answer(new WireObject { ["event"] = "file_written_to_project" }).ConfigureAwait(false);
    }

    /// <summary><c>{"event":"read_text_file_from_project","path":"a"}</c> → <c>{"event":"text_file_read_from_project","content":"…"}</c></summary>
    public Task ReadTextFile(HubRequest request) => WithBareErrors(request, async () =>
    {
        var content = await Files.ReadText(Path(request), request.Caller).ConfigureAwait(false);
        return new WireObject { ["event"] = "text_file_read_from_project", ["content"] = new WireValue.LongText([content]) };
    });

    /// <summary><c>{"event":"write_text_file_to_project","path":"a","content":"…"}</c> → <c>{"event":"file_written_to_project"}</c></summary>
    public Task WriteTextFile(HubRequest request) => WithBareErrors(request, async () =>
    {
        var path = Path(request);
        if (request.Message["content"] is not WireValue.Text content)
        {
            throw new RequestException(
                "The \"data\" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received " + request.Message["content"].Show());
        }

        await Files.WriteText(path, new Utf8Text { Pieces = content.ToUtf8() }, request.Caller, CancellationToken.None).ConfigureAwait(false);
        return new WireObject { ["event"] = "file_written_to_project" };
    });

    private static string Path(HubRequest request) =>
        request.Message["path"].AsText() ?? throw new RequestException("path must be specified");

    /// <summary>Errors of the text events have no prefix (spec 02 §6).</summary>
    private static async Task WithBareErrors(HubRequest request, Func<Task<WireObject>> handle)
    {
        try
        {
            await request.Answer(await handle().ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is PosixException or RequestException)
        {
            request.Refuse(exception.Message);
        }
    }
}
