using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ProjectSilo.Conat.Tests.Client;

/// <summary>A server that says the same to everybody and closes.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private Task _serving = Task.CompletedTask;

    public Uri Address => new($"ws://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public static Task<RawServer> StartAsync(string answer)
    {
        var server = new RawServer();
        server._listener.Start();
        server._serving = server.ServeAsync(Encoding.ASCII.GetBytes(answer));
        return Task.FromResult(server);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeAsync(byte[] answer)
    {
        while (true)
        {
            using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
            var stream = client.GetStream();
            _ = await stream.ReadAsync(new byte[4096], _stopping.Token);
            await stream.WriteAsync(answer, _stopping.Token);
        }
    }
}
