using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Server.InProcess;
using ProjectSilo.Conat.Server.Persist;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Persist;

/// <summary>The real broker in this process, with its real permissions, and a persist server that can be stopped and started again.</summary>
internal sealed class PersistBus : IAsyncDisposable
{
    public const string ProjectId = "00000000-0000-4000-8000-000000000001";
    public static readonly PersistOwner Owner = PersistOwner.Project(ProjectId);

    private readonly ConatBroker _broker;
    private readonly TemporaryFolder _folder = new();
    private readonly List<ConatClient> _clients = [];
    private readonly Func<PersistServerOptions, PersistServerOptions> _configure;
    private ConatClient? _serverClient;

    private PersistBus(Func<PersistServerOptions, PersistServerOptions>? configure)
    {
        _configure = configure ?? (static options => options);
        var credentials = new ConatCredentials { HubPassword = "hubpw", ProjectSecrets = ImmutableDictionary<string, string>.Empty };
        _broker = new ConatBroker(
            new ConatBrokerOptions(), new CookieAuthentication(() => credentials), new ConatPermissions(new NoDirectory()), TimeProvider.System, NullLogger<ConatBroker>.Instance);
    }

    public PersistServer Server { get; private set; } = null!;

    public string Root => _folder.File("sync");

    public TemporaryFolder Folder => _folder;

    public static async Task<PersistBus> StartAsync(Func<PersistServerOptions, PersistServerOptions>? configure = null)
    {
        var bus = new PersistBus(configure);
        await bus.StartServerAsync();
        return bus;
    }

    public static string PathOf(string name) => StoragePath.Of(Owner, name);

    public string FileOf(string name) => Path.Join(Root, PathOf(name) + ".db");

    public async Task StartServerAsync()
    {
        _serverClient = NewClient(ConatUser.Hub("hub"));
        await _serverClient.ConnectAsync().Within();
        Server = new PersistServer(_serverClient, _configure(new PersistServerOptions { Root = Root }));
        Server.Start();
        // Sockets can come when both subscriptions are there.
        await _serverClient.WaitForInterestAsync("persist.hub.id", Bounded.Limit).Within();
        await _serverClient.WaitForInterestAsync("persist.hub.server.0.x", Bounded.Limit).Within();
    }

    public async Task StopServerAsync()
    {
        await Server.DisposeAsync().AsTask().Within();
        await _serverClient!.DisposeAsync().AsTask().Within();
    }

    public ConatClient NewClient(ConatUser user)
    {
        var inbox = user.Kind == ConatUserKind.Project ? ConatNames.ProjectInbox(ProjectId) : ConatNames.HubInbox("hub");
        var client = new ConatClient(new InProcessTransport(_broker, user), new ConatClientOptions { InboxPrefix = inbox });
        _clients.Add(client);
        return client;
    }

    public async Task<ConatClient> ConnectAsync(ConatUser? user = null)
    {
        var client = NewClient(user ?? ConatUser.Project(ProjectId));
        await client.ConnectAsync().Within();
        return client;
    }

    /// <summary>Opens a stream of the project on a socket of its own.</summary>
    public async Task<StreamSocket> OpenAsync(string name, bool ephemeral = false, bool changefeed = false, ConatClient? client = null) =>
        StreamSocket.Open(client ?? await ConnectAsync(), PersistSubjects.Of(Owner), new PersistOpen(PathOf(name), ephemeral, Changefeed: changefeed));

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync();
        foreach (var client in _clients)
        {
            await client.DisposeAsync().AsTask().Within();
        }

        _broker.Dispose();
        _folder.Dispose();
    }

    private sealed class NoDirectory : IConatDirectory
    {
        public ValueTask<bool> IsCollaboratorAsync(string accountId, string otherProjectId, CancellationToken cancellationToken) => new(false);

        public ValueTask<bool> IsSiteAdminAsync(string accountId, CancellationToken cancellationToken) => new(false);
    }
}
