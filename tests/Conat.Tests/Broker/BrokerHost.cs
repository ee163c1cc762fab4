using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Server.Hosting;

namespace ProjectSilo.Tests.Broker;

/// <summary>A broker on a port of its own. Cookies decide: <c>hub</c>, or a project; subjects that begin with <c>secret</c> are denied to all.</summary>
internal sealed class BrokerHost : IAsyncDisposable
{
    public const string ProjectId = "00000000-0000-4000-8000-000000000000";
    public const string ProjectCookies = "project_secret=0123456789abcdef; project_id=" + ProjectId;
    public const string HubCookies = "hub_password=hubpw";

    private readonly WebApplication _app;
    private readonly Denials _denials;

    private BrokerHost(WebApplication app, ConatBroker broker, Denials denials, Uri address) => (_app, Broker, _denials, Address) = (app, broker, denials, address);

    public ConatBroker Broker { get; }

    /// <summary>Further subjects that are denied to all.</summary>
    public Predicate<string> Denies
    {
        set => _denials.Denies = value;
    }

    /// <summary><c>http://127.0.0.1:port</c>.</summary>
    public Uri Address { get; }

    public static async Task<BrokerHost> StartAsync(Action<ConatBrokerOptions>? configure = null, string basePath = "/", TimeProvider? time = null)
    {
        var options = new ConatBrokerOptions { MaxConnectionsPerUser = 10_000 };
        configure?.Invoke(options);
        var credentials = new ConatCredentials
        {
            BasePath = basePath,
            HubPassword = "hubpw",
            ProjectSecrets = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty.Add(ProjectId, "0123456789abcdef"),
        };
        var denials = new Denials();
        var broker = new ConatBroker(
            options, new CookieAuthentication(() => credentials), denials, time ?? TimeProvider.System, NullLogger<ConatBroker>.Instance);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var app = builder.Build();
        app.MapConatBroker(basePath, broker);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new BrokerHost(app, broker, denials, new Uri(address));
    }

    /// <summary>Opens a WebSocket; nothing is sent yet.</summary>
    public async Task<RawClient> OpenAsync(string? cookies = ProjectCookies, string target = "/conat/?EIO=4&transport=websocket")
    {
        var socket = new ClientWebSocket();
        if (cookies is not null)
        {
            socket.Options.SetRequestHeader("Cookie", cookies);
        }

        socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{Address.Port}{target}"), CancellationToken.None).Within();
        return new RawClient(socket);
    }

    /// <summary>Opens a WebSocket and signs in: the next thing that comes is what is asked for.</summary>
    public async Task<RawClient> ConnectAsync(string? cookies = ProjectCookies)
    {
        var client = await OpenAsync(cookies);
        await client.SignInAsync();
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
        Broker.Dispose();
    }

    private sealed class Denials : IConatPermissions
    {
        public Predicate<string> Denies { get; set; } = _ => false;

        public ValueTask<bool> IsAllowedAsync(ConatUser user, ReadOnlyMemory<char> subject, ConatAccess access, CancellationToken cancellationToken) =>
            new(!subject.Span.StartsWith("secret") && !Denies(subject.ToString()));
    }
}
