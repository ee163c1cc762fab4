using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Client;

/// <summary>A WebSocket server that does to each connection what a test says; with TLS its certificate is signed by itself.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    public const string Open = "0{\"sid\":\"a\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":8000000}";
    public const string Connected = "40{\"sid\":\"b\"}";

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping;

    private ScriptedServer(WebApplication app, CancellationTokenSource stopping, Uri address) => (_app, _stopping, Address) = (app, stopping, address);

    public Uri Address { get; }

    public static async Task<ScriptedServer> StartAsync(Func<WebSocket, CancellationToken, Task> script, bool tls = false)
    {
        var stopping = new CancellationTokenSource();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
        {
            if (tls)
            {
                listen.UseHttps(SelfSigned());
            }
        }));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await script(socket, stopping.Token).ContinueWith(static task => task.Exception, TaskScheduler.Default);
        });
        await app.StartAsync().Within();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new ScriptedServer(app, stopping, new Uri(address));
    }

    public static Task SayAsync(WebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    /// <summary>Opens as a broker does, up to the namespace.</summary>
    public static async Task WelcomeAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        await SayAsync(socket, Open);
        await socket.ReceiveAsync(new byte[1024], cancellationToken);
        await SayAsync(socket, Connected);
    }

    /// <summary>Reads and ignores until the end.</summary>
    public static async Task ReadAllAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (socket.State == WebSocketState.Open)
        {
            await socket.ReceiveAsync(buffer, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _app.StopAsync(new CancellationToken(canceled: true)).Within();
        await _app.DisposeAsync().AsTask().Within();
        _stopping.Dispose();
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
