using System.Collections.Immutable;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Server.Hosting;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Services;

/// <summary>The real broker on a port of its own that can be stopped and started again, and clients of it over real WebSockets.</summary>
internal sealed class TestBus : IAsyncDisposable
{
    private readonly List<ConatClient> _clients = [];
    private WebApplication? _app;
    private int _port;

    public Uri Address => new($"http://127.0.0.1:{_port}");

    public static async Task<TestBus> StartAsync()
    {
        var bus = new TestBus();
        await bus.StartBrokerAsync();
        return bus;
    }

    public async Task StartBrokerAsync()
    {
        var credentials = new ConatCredentials { HubPassword = "hubpw", ProjectSecrets = ImmutableDictionary<string, string>.Empty };
        var options = new ConatBrokerOptions { MaxConnectionsPerUser = 10_000 };
        var broker = new ConatBroker(
            options, new CookieAuthentication(() => credentials), new Everything(), TimeProvider.System, NullLogger<ConatBroker>.Instance);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, _port));
        var app = builder.Build();
        app.MapConatBroker("/", broker);
        await app.StartAsync().Within();
        _port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        _app = app;
    }

    /// <summary>Stops the broker without a goodbye to anybody.</summary>
    public async Task StopBrokerAsync()
    {
        if (_app is not { } app)
        {
            return;
        }

        _app = null;
        await app.StopAsync(new CancellationToken(canceled: true)).Within();
        await app.DisposeAsync().AsTask().Within();
    }

    /// <summary>A client that isn't started.</summary>
    public ConatClient NewClient(DroppableTransport? transport = null, Func<ConatClientOptions, ConatClientOptions>? configure = null)
    {
        var options = new ConatClientOptions
        {
            InboxPrefix = "_INBOX.hub-hub",
            FirstReconnectDelay = TimeSpan.FromMilliseconds(20),
            MaxReconnectDelay = TimeSpan.FromMilliseconds(100),
            FirstResyncDelay = TimeSpan.FromMilliseconds(20),
            FirstRetryDelay = TimeSpan.FromMilliseconds(20),
            MaxRetryDelay = TimeSpan.FromMilliseconds(100),
        };
        var client = new ConatClient(transport ?? NewTransport(), configure?.Invoke(options) ?? options);
        _clients.Add(client);
        return client;
    }

    public async Task<ConatClient> ConnectAsync(DroppableTransport? transport = null, Func<ConatClientOptions, ConatClientOptions>? configure = null)
    {
        var client = NewClient(transport, configure);
        await client.ConnectAsync().Within();
        return client;
    }

    public DroppableTransport NewTransport() =>
        new(new SocketIoTransport(new SocketIoOptions { Address = Address, Cookie = () => new("hub_password=hubpw") }));

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask())).Within();
        await StopBrokerAsync();
    }

    private sealed class Everything : IConatPermissions
    {
        public ValueTask<bool> IsAllowedAsync(ConatUser user, ReadOnlyMemory<char> subject, ConatAccess access, CancellationToken cancellationToken) => new(true);
    }
}
