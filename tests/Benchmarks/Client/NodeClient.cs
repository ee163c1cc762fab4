using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Client;

/// <summary><c>node/client.mjs</c>: a Socket.IO client that isn't ours, in a process of its own. A command is a line of JSON, and so is its answer.</summary>
internal sealed class NodeClient : IDisposable
{
    private static readonly TimeSpan AnswerBound = TimeSpan.FromMinutes(5);

    private readonly Process _process;

    private NodeClient(Process process) => _process = process;

    public static NodeClient Start()
    {
        var script = Published.Script("client.mjs");
        return new NodeClient(Process.Start(new ProcessStartInfo("setsid", ["node", script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!);
    }

    /// <summary>Starts it, connected to a standalone daemon's broker.</summary>
    public static async Task<NodeClient> ConnectConat(ServerProcess daemon)
    {
        var client = Start();
        await client.Do(new JsonObject { ["do"] = "conat", ["url"] = $"http://127.0.0.1:{daemon.BrowserPort}", ["project"] = ServerProcess.ProjectId, ["token"] = ServerProcess.Token });
        return client;
    }

    /// <summary>Installs the packages of the scripts, if they aren't there.</summary>
    public static async Task Install()
    {
        var folder = Path.GetDirectoryName(Published.Script("package.json"))!;
        if (!Directory.Exists(Path.Join(folder, "node_modules")))
        {
            using var install = Process.Start("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"]);
            await install.WaitForExitAsync();
        }
    }

    /// <summary>Carries out a command.</summary>
    public async Task<JsonNode?> Do(JsonObject command)
    {
        await _process.StandardInput.WriteLineAsync(command.ToJsonString());
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(AnswerBound) ?? throw new InvalidOperationException("The node client ended.");
        var answer = JsonNode.Parse(line)!;
        return answer["error"] is { } error ? throw new InvalidOperationException(error.ToString()) : answer["result"];
    }

    /// <summary>The times of so many calls, one after the other, in microseconds.</summary>
    public async Task<double[]> Times(string client, JsonArray call, int count) =>
        (await Do(new JsonObject { ["do"] = "times", ["client"] = client, ["call"] = call.DeepClone(), ["count"] = count }))!.Deserialize<double[]>()!;

    /// <summary>Calls a second.</summary>
    public async Task<double> Rate(string client, JsonArray call, int count, int inFlight) =>
        (await Do(new JsonObject { ["do"] = "rate", ["client"] = client, ["call"] = call.DeepClone(), ["count"] = count, ["inFlight"] = inFlight }))!.GetValue<double>();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
