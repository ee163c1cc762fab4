using System.Diagnostics;
using System.Text.Json.Nodes;
using ProcessInfo = System.Diagnostics.ProcessStartInfo;

namespace ProjectSilo.Tests;

/// <summary>
/// Hubs that are not ours: <c>node/hub-client.mjs</c> in a process of its own, driven by JSON lines. Each connection has a name. Everything that comes is kept in its
/// order, so a test can say what came before what.
/// </summary>
internal sealed class NodeHub : IAsyncDisposable
{
    public const string Main = "main";

    private readonly System.Diagnostics.Process _node;
    private readonly Task _reading;

    /// <summary>Guards <see cref="_events"/> and <see cref="_arrived"/>.</summary>
    private readonly Lock _lock = new();
    private readonly List<JsonNode> _events = [];
    private TaskCompletionSource _arrived = NewSignal();

    private NodeHub(System.Diagnostics.Process node)
    {
        _node = node;
        _reading = ReadAsync();
    }

    /// <summary>What came so far.</summary>
    public IReadOnlyList<JsonNode> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    private static string ScriptPath => Path.Join(AppContext.BaseDirectory, "node", "hub-client.mjs");

    /// <summary>Starts node for the daemon of <paramref name="dataFolder"/>; no connection yet.</summary>
    public static NodeHub Start(string dataFolder)
    {
        var info = new ProcessInfo("node", [ScriptPath, "--data", dataFolder, "script"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        return new NodeHub(System.Diagnostics.Process.Start(info)!);
    }

    /// <summary>One call by the script's command line; the result is what it printed.</summary>
    public static async Task<(int Code, JsonNode Answer)> RunAsync(string dataFolder, string name, string json = "{}")
    {
        var info = new ProcessInfo("node", [ScriptPath, "--data", dataFolder, name, json]) { RedirectStandardOutput = true };
        using var node = System.Diagnostics.Process.Start(info)!;
        var output = await node.StandardOutput.ReadToEndAsync().Within();
        await node.WaitForExitAsync().Within();
        return (node.ExitCode, JsonNode.Parse(output)!);
    }

    /// <summary>Connects and unlocks.</summary>
    public async Task ConnectAsync(string on = Main, bool heartbeat = true)
    {
        await StepAsync(on, new JsonObject { ["do"] = "connect", ["heartbeat"] = heartbeat });
        var answer = await NextAsync(on, happened => Got(happened) is "connected" or "refused", "the answer to the token");
        Assert.Equal("connected", Got(answer));
    }

    /// <summary>Performs a step of the script, whose list is in <c>hub-client.mjs</c>.</summary>
    public async Task StepAsync(string on, JsonObject step)
    {
        step["on"] = on;
        await _node.StandardInput.WriteLineAsync(step.ToJsonString());
        await _node.StandardInput.FlushAsync();
    }

    public Task SendRawAsync(string on, ReadOnlySpan<byte> bytes, int repeat = 1) =>
        StepAsync(on, new JsonObject { ["do"] = "raw", ["hex"] = Convert.ToHexStringLower(bytes), ["repeat"] = repeat });

    public Task SendAsync(string on, JsonObject message) => StepAsync(on, new JsonObject { ["do"] = "send", ["message"] = message });

    public Task SendBlobAsync(string on, string uuid, ReadOnlySpan<byte> content) =>
        StepAsync(on, new JsonObject { ["do"] = "blob", ["uuid"] = uuid, ["base64"] = Convert.ToBase64String(content) });

    /// <summary>Sends a request.</summary>
    /// <returns>Its answer's <c>id</c>.</returns>
    public async Task<string> RequestAsync(string on, string name, JsonObject? members = null)
    {
        var message = members ?? [];
        var id = Guid.NewGuid().ToString();
        message["event"] = name;
        message["id"] = id;
        await SendAsync(on, message);
        return id;
    }

    /// <summary>Waits for the answer with that <c>id</c>.</summary>
    public Task<JsonNode> AnswerAsync(string on, string id, string what) => MessageAsync(on, answer => (string?)answer["id"] == id, what);

    /// <summary>Sends a request and waits for its answer, by <c>id</c>.</summary>
    public async Task<JsonNode> CallAsync(string on, string name, JsonObject? members = null) =>
        await AnswerAsync(on, await RequestAsync(on, name, members), $"the answer to {name}");

    /// <summary>The content of a blob that comes, or has come.</summary>
    public async Task<byte[]> BlobAsync(string on, string uuid) =>
        Convert.FromBase64String((string)(await NextAsync(on, happened => Got(happened) == "blob" && (string?)happened["uuid"] == uuid, "the blob"))["base64"]!);

    /// <summary>Runs shell text.</summary>
    public Task<JsonNode> ExecAsync(string command, JsonObject? members = null)
    {
        var message = members ?? [];
        message["command"] = command;
        return CallAsync(Main, "project_exec", message);
    }

    /// <summary>The first message on a connection that <paramref name="condition"/> holds for.</summary>
    public async Task<JsonNode> MessageAsync(string on, Func<JsonNode, bool> condition, string what) =>
        (await NextAsync(on, happened => Got(happened) == "message" && condition(happened["message"]!), what))["message"]!;

    public Task ClosedAsync(string on) => NextAsync(on, happened => Got(happened) == "closed", "the end of the connection");

    /// <summary>The first event of a connection that <paramref name="condition"/> holds for, waited for if need be.</summary>
    public async Task<JsonNode> NextAsync(string on, Func<JsonNode, bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        for (var next = 0; ;)
        {
            Task arrived;
            lock (_lock)
            {
                for (; next < _events.Count; next++)
                {
                    if ((string?)_events[next]["on"] == on && condition(_events[next]))
                    {
                        return _events[next];
                    }
                }

                arrived = _arrived.Task;
            }

            Assert.False(_reading.IsCompleted, $"node has ended; still missing: {what}");
            Assert.True(watch.Elapsed < Bounded.Limit, $"did not come: {what}");
            await Task.WhenAny(arrived, _reading).Within();
        }
    }

    public static string? Got(JsonNode happened) => (string?)happened["got"];

    public async ValueTask DisposeAsync()
    {
        _node.Kill();
        await _node.WaitForExitAsync().Within();
        await _reading.Within();
        _node.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task ReadAsync()
    {
        while (await _node.StandardOutput.ReadLineAsync() is { } line)
        {
            var happened = JsonNode.Parse(line)!;
            lock (_lock)
            {
                _events.Add(happened);
                _arrived.SetResult();
                _arrived = NewSignal();
            }
        }
    }
}
