using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Tests.Persist;
using ProjectSilo.Conat.Transports.SocketIo;

namespace ProjectSilo.Tests.Persist;

/// <summary>Streams of a standalone daemon, over its bus.</summary>
internal static class StreamClient
{
    public static ConatClient New(DaemonProcess daemon, string? cookie = null, string? inbox = null) => new(
        new SocketIoTransport(new SocketIoOptions
        {
            Address = new Uri($"http://127.0.0.1:{daemon.BrowserPort}/"),
            Cookie = () => new(cookie ?? ConatNames.ProjectCookie("/", daemon.Read("project-id"), daemon.Read("secret-token"))),
        }),
        new ConatClientOptions { InboxPrefix = inbox ?? ConatNames.ProjectInbox(daemon.Read("project-id")) });

    public static PersistOwner Owner(DaemonProcess daemon) => PersistOwner.Project(daemon.Read("project-id"));

    public static StreamSocket Open(ConatClient client, DaemonProcess daemon, string name, bool ephemeral = false, bool changefeed = false) =>
        StreamSocket.Open(client, PersistSubjects.Of(Owner(daemon)), new PersistOpen(StoragePath.Of(Owner(daemon), name), ephemeral, Changefeed: changefeed));

    public static string FileOf(DaemonProcess daemon, string name) => Path.Join(daemon.Data, "sync", StoragePath.Of(Owner(daemon), name) + ".db");
}
