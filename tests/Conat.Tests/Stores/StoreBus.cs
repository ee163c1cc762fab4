using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Server.InProcess;
using ProjectSilo.Conat.Server.Persist;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Tests;
using ProjectSilo.Tests.Broker;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>The real broker and persist server, which can be restarted, and clients of a project over either transport.</summary>
internal sealed class StoreBus : IAsyncDisposable
{
    public const string ProjectId = BrokerHost.ProjectId;

    private readonly BrokerHost _host;
    private readonly bool _isInProcess;
    private readonly ConatClient _server;
    private readonly List<ConatClient> _clients = [];
    private readonly TemporaryFolder _root = new();
    private PersistServer? _persist;

    private StoreBus(BrokerHost host, bool isInProcess)
    {
        (_host, _isInProcess) = (host, isInProcess);
        _server = new ConatClient(new InProcessTransport(host.Broker, ConatUser.Hub("hub")), Options("_INBOX.hub-hub"));
    }

    public ConatBroker Broker => _host.Broker;

    /// <summary>The clock of clients that are made from now on.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>A client that may see everything.</summary>
    public ConatClient Spy => _server;

    public static async Task<StoreBus> StartAsync(bool isInProcess, bool withPersist = true)
    {
        var bus = new StoreBus(await BrokerHost.StartAsync(), isInProcess);
        await bus._server.ConnectAsync().Within();
        if (withPersist)
        {
            bus.StartPersist();
        }

        return bus;
    }

    public void StartPersist()
    {
        _persist = new PersistServer(_server, new PersistServerOptions { Root = _root.Path });
        _persist.Start();
    }

    /// <summary>Stops the persist server; its clients are told.</summary>
    public async Task StopPersistAsync()
    {
        if (_persist is not null)
        {
            await _persist.DisposeAsync().AsTask().Within();
        }
    }

    /// <summary>A client of the project, and its transport.</summary>
    public async Task<(ConatClient Client, HoldableTransport Transport)> ConnectAsync()
    {
        var transport = new HoldableTransport(_isInProcess
            ? new InProcessTransport(_host.Broker, ConatUser.Project(ProjectId))
            : new SocketIoTransport(new SocketIoOptions { Address = _host.Address, Cookie = () => new(BrokerHost.ProjectCookies) }));
        var client = new ConatClient(transport, Options($"_INBOX.project-{ProjectId}", Time));
        _clients.Add(client);
        await client.ConnectAsync().Within();
        return (client, transport);
    }

    public async Task<ConatClient> ClientAsync() => (await ConnectAsync()).Client;

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync().AsTask().Within();
        }

        await StopPersistAsync();
        await _server.DisposeAsync().AsTask().Within();
        await _host.DisposeAsync();
        _root.Dispose();
    }

    private static ConatClientOptions Options(string inbox, TimeProvider? time = null) => new()
    {
        Time = time ?? TimeProvider.System,
        InboxPrefix = inbox,
        FirstReconnectDelay = TimeSpan.FromMilliseconds(20),
        MaxReconnectDelay = TimeSpan.FromMilliseconds(100),
        FirstResyncDelay = TimeSpan.FromMilliseconds(20),
        FirstRetryDelay = TimeSpan.FromMilliseconds(20),
        MaxRetryDelay = TimeSpan.FromMilliseconds(100),
        Log = (message, exception) => File.AppendAllText("/tmp/stores.log", $"{DateTime.Now:mm:ss.fff} {message} {exception?.Message}\n"),
    };
}
