using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Gateways.Conat;
using ProjectSilo.Tests;
using ProjectSilo.Tests.Broker;

namespace ProjectSilo.Gateways.Tests.Conat;

/// <summary>A real broker, a project's daemon on it, and a hub that calls it. Others may be put beside it.</summary>
public sealed class BusProject : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _clients = [];
    private readonly List<ProjectHost> _hosts = [];
    private readonly Action<ConatGatewayOptions>? _configure;

    public BusProject()
    {
    }

    internal BusProject(Action<ConatGatewayOptions> configure) => _configure = configure;

    public static string ProjectId => BrokerHost.ProjectId;

    public ProjectHost Host => _hosts[0];

    public string Home => Host.Home;

    internal BrokerHost Broker { get; private set; } = null!;

    /// <summary>The hub's client.</summary>
    internal ConatClient Hub { get; private set; } = null!;

    public static string Subject(string service, int computeServerId = 0) => ConatNames.ProjectSubject(ProjectId, service, computeServerId);

    public async Task InitializeAsync()
    {
        Broker = await BrokerHost.StartAsync();
        await AddDaemon();
        Hub = await Connect(BrokerHost.HubCookies, ConatNames.HubInbox("hub"));
    }

    public async Task DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        await Broker.DisposeAsync();
    }

    /// <summary>A daemon of the same project.</summary>
    internal async Task<ProjectHost> AddDaemon(int computeServerId = 0, long version = ProjectHost.Version, Action<IServiceCollection>? configureServices = null)
    {
        var host = new ProjectHost(new ApiIdentity(ProjectId, computeServerId, version), services =>
        {
            services.AddSingleton<IConatTransport>(_ => Transport(BrokerHost.ProjectCookies));
            services.AddConatGateway();
            services.Configure<ConatGatewayOptions>(options => _configure?.Invoke(options));
            configureServices?.Invoke(services);
        });
        _hosts.Add(host);
        await host.InitializeAsync();
        return host;
    }

    internal async Task<ConatClient> Connect(string cookies, string inbox)
    {
        var client = new ConatClient(Transport(cookies), new ConatClientOptions { InboxPrefix = inbox });
        _clients.Add(client);
        await client.ConnectAsync().Within();
        return client;
    }

    /// <summary>Asks a service, which may be just starting, and gives its one answer.</summary>
    internal async Task<WireValue> Ask(string service, WireValue request, int computeServerId = 0)
    {
        var options = new PublishOptions { WaitForInterest = true };
        return (await Hub.RequestAsync(Subject(service, computeServerId), request, options).Within()).Data;
    }

    /// <summary>Calls the API.</summary>
    internal Task<WireValue> Call(string name, ImmutableArray<WireValue> arguments, int computeServerId = 0) =>
        Ask("api", new WireObject { ["name"] = name, ["args"] = new WireValue.Items(arguments) }.Build(), computeServerId);

    /// <summary>A value from its JSON.</summary>
    internal static WireValue Wire(string json) => WireJson.TryParse(Encoding.UTF8.GetBytes(json), out var value) ? value : throw new InvalidDataException(json);

    private SocketIoTransport Transport(string cookies) =>
        new(new SocketIoOptions { Address = Broker.Address, Cookie = () => new ValueTask<string>(cookies) });
}
