using System.Diagnostics;
using System.Text.Json.Nodes;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Client;

/// <summary>The broker of <c>node/broker.mjs</c>, a process of its own.</summary>
internal sealed class NodeBroker : IAsyncDisposable
{
    private readonly Process _node;
    private readonly Task _reading;

    /// <summary>Guards <see cref="_happened"/>.</summary>
    private readonly Lock _gate = new();
    private readonly List<JsonNode> _happened = [];

    private NodeBroker(Process node)
    {
        _node = node;
        _reading = ReadAsync();
    }

    public int Port { get; private set; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    public IReadOnlyList<JsonNode> Happened
    {
        get
        {
            lock (_gate)
            {
                return [.. _happened];
            }
        }
    }

    public static async Task<NodeBroker> StartAsync(JsonObject? options = null)
    {
        var script = Path.Combine(Vectors.RepositoryRoot(), "tests", "Conat.Tests", "node", "broker.mjs");
        var info = new ProcessStartInfo("node", [script, (options ?? []).ToJsonString()]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var broker = new NodeBroker(Process.Start(info)!);
        broker.Port = (int)(await broker.NextAsync("listening"))["port"]!;
        return broker;
    }

    /// <summary>The first thing of that kind that happened, or happens.</summary>
    public async Task<JsonNode> NextAsync(string got)
    {
        JsonNode? found = null;
        await Bounded.Until(() => (found = Happened.FirstOrDefault(happened => (string?)happened["got"] == got)) is not null || _reading.IsCompleted, got);
        return found ?? throw new InvalidOperationException($"node has ended before: {got}. Are its packages installed (tests/run)?");
    }

    public int Count(string got) => Happened.Count(happened => (string?)happened["got"] == got);

    public Task CommandAsync(string command) => _node.StandardInput.WriteLineAsync(command);

    public ConatClient NewClient(ConatClientOptions? options = null, Func<ValueTask<string>>? cookie = null) =>
        new(
            new SocketIoTransport(new SocketIoOptions { Address = Address, Cookie = cookie }),
            (options ?? new ConatClientOptions()) with
            {
                FirstReconnectDelay = TimeSpan.FromMilliseconds(30),
                MaxReconnectDelay = TimeSpan.FromMilliseconds(200),
                FirstResyncDelay = TimeSpan.FromMilliseconds(100),
                FirstRetryDelay = TimeSpan.FromMilliseconds(30),
            });

    public async ValueTask DisposeAsync()
    {
        if (!_node.HasExited)
        {
            _node.Kill();
        }

        await _node.WaitForExitAsync().Within();
        await _reading.Within();
        _node.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _node.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                _happened.Add(JsonNode.Parse(line)!);
            }
        }
    }
}
