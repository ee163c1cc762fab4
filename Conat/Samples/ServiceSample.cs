using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Samples;

/// <summary>A notebook of remarks, served to whoever asks: a typed service whose writes are ordered and whose other methods don't wait for them.</summary>
public static class ServiceSample
{
    /// <summary>Serves it with <paramref name="server"/> and uses it with <paramref name="client"/>.</summary>
    public static async Task RunAsync(ConatClient server, ConatClient client, TextWriter output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(output);
        var remarks = new List<string>();
        var methods = new Dictionary<string, ConatMethod>
        {
            ["add"] = (call, _) =>
            {
                lock (remarks)
                {
                    remarks.Add(call[0].AsText() ?? throw new ConatException("a remark is a text"));
                    return new(remarks.Count);
                }
            },
            ["count"] = (_, _) =>
            {
                lock (remarks)
                {
                    return new(remarks.Count);
                }
            },
        };

        // Two calls of add never run at once; count and pings don't wait for them.
        var options = ServiceOptions.Typed with { KeyOf = call => call.Name == "add" ? "add" : null };
        await using var service = await server.ServiceAsync("sample.remarks", methods, options, cancellationToken).ConfigureAwait(false);

        var caller = new ConatServiceClient(client, "sample.remarks");
        await caller.WaitForAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        var count = await caller.CallAsync("add", ["first"], cancellationToken: cancellationToken).ConfigureAwait(false);
        await output.WriteLineAsync($"remarks: {count}").ConfigureAwait(false);
        try
        {
            await caller.CallAsync("add", [7], cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (ConatException error)
        {
            await output.WriteLineAsync(error.Message).ConfigureAwait(false);
        }
    }
}
