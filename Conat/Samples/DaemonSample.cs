using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Samples;

/// <summary>Runs a command in a project.</summary>
public static class DaemonSample
{
    /// <summary>Asks the daemon of a project that is on the bus at <paramref name="url"/>.</summary>
    /// <returns>What the command printed, e.g. <c>Linux</c>.</returns>
    public static async Task<string?> RunAsync(string url, string projectId, string token)
    {
        // docs/conat.md shows from here
        await using var client = new ConatClient(
            new SocketIoTransport(new SocketIoOptions { Address = new Uri(url), Cookie = () => new(ConatNames.ProjectCookie("/", projectId, token)) }),
            new ConatClientOptions { InboxPrefix = ConatNames.ProjectInbox(projectId) });
        await client.ConnectAsync();
        var api = new ConatServiceClient(client, ConatNames.ProjectSubject(projectId, "api", 0), ServiceClientOptions.Api);
        var result = (WireValue.Members)await api.CallAsync("system.exec", [new WireObject { ["command"] = "uname" }.Build()]);
        return result["stdout"].AsText();
        // to here.
    }
}
