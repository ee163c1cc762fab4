using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>Terminals of a standalone daemon as a client of its bus has them: the checks of <c>tests/EndToEnd.Tests/node/terminal-client.mjs</c> that print figures.</summary>
internal static class TerminalClientMeasurement
{
    public const string Group = "terminals conat";

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartStandalone(published.Daemon);
        var speed = await Check(daemon, "speed", quick ? "100" : "500");
        var idle = await Check(daemon, "idle");
        return
        [
            Row.AtMost(Group, "key to echo p50", "ms", Figure(speed, "echo"), (2 * Figure(speed, "ping")) + 1).Beside("system.ping p50", Figure(speed, "ping")),
            Row.AtMost(Group, "create to first prompt p50", "ms", Figure(speed, "prompt"), Figure(speed, "script") + 5).Beside("bash under script", Figure(speed, "script")),
            Row.AtMost(Group, "another client's ping p99 under a flood", "ms", Figure(speed, "pingInFloodP99"), 10),
            Row.Info(Group, "seq 1 1000000, as a browser sees its end", "ms", Figure(speed, "seq")),
            Row.AtMost(Group, "memory of an idle terminal", "KB", Figure(idle, "idleKb"), 200),
        ];
    }

    private static double Figure(JsonNode figures, string name) => figures[name]!.GetValue<double>();

    private static async Task<JsonNode> Check(ServerProcess daemon, string check, params string[] more)
    {
        string[] arguments = [Published.EndToEndScript("terminal-client.mjs"), daemon.BrowserPort.ToString(CultureInfo.InvariantCulture), Path.Join(daemon.Folder, ".smc"), daemon.Folder, check, .. more];
        using var node = Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true })!;
        var text = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        return node.ExitCode == 0 ? JsonNode.Parse(text)! : throw new InvalidOperationException($"The check {check} of terminals failed.");
    }
}
