using System.Net;
using System.Net.Sockets;

namespace ProjectSilo.Conat.Tests.Client;

/// <summary>A network that can be cut: while it is, connections stay open and nothing gets through, new ones are accepted and go nowhere.</summary>
internal sealed class CuttableProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly int _target;
    private readonly Task _accepting;

    public CuttableProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What comes during a cut is lost, and so is the connection it came over: it stays silent for ever.</summary>
    public bool IsCut { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        await _accepting;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var links = new List<Task>();
        try
        {
            while (true)
            {
                links.Add(LinkAsync(await _listener.AcceptTcpClientAsync(_ending.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(links);
        }
    }

    private async Task LinkAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _ending.Token);
                await await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
            }
            catch (Exception end) when (end is OperationCanceledException or IOException or SocketException)
            {
                // The test is over, or a side is gone.
            }
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var count = 0;
            try
            {
                count = await from.GetStream().ReadAsync(buffer, _ending.Token);
            }
            catch (IOException)
            {
                // Reset: an end like any other.
            }

            if (IsCut)
            {
                // Nothing gets through any more, not even that the connection has ended.
                await Task.Delay(Timeout.Infinite, _ending.Token);
            }

            if (count == 0)
            {
                return;
            }

            await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _ending.Token);
        }
    }
}
