using System.Globalization;
using System.Text.Json.Nodes;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>Streams of a standalone daemon: node's Socket.IO client stores messages, beside the same client at a server that only acknowledges.</summary>
internal static class PersistMeasurement
{
    public const string Group = "persist";

    private const string Bare = "bare acknowledged emit, node socket.io";
    private const int Bytes = 100;
    private const int InFlight = 64;

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick) =>
        [.. await OverSocketIo(published, quick), .. await InProcessStreams.Run(Group, quick), await Idle(published, quick)];

    private static async Task<Row[]> OverSocketIo(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartStandalone(published.Daemon);
        await NodeClient.Install();
        using var bare = ServerProcess.StartNode(Published.Script("socketio-server.mjs"));
        using var node = await NodeClient.ConnectConat(daemon);
        await node.Do(new JsonObject { ["do"] = "bare", ["url"] = $"http://127.0.0.1:{bare.Port}" });
        await Open(node, "ephemeral", "e", ephemeral: true);
        await Open(node, "persistent", "p", ephemeral: false);
        var count = quick ? 5_000 : 20_000;
        JsonArray ephemeral = ["set", new JsonArray("ephemeral", Bytes)], persistent = ["set", new JsonArray("persistent", Bytes)];
        List<double> ephemeralRates = [], persistentRates = [], bareRates = [];
        for (var round = 0; round < (quick ? 5 : 9); round++)
        {
            var rates = (await node.Rate("conat", ephemeral, count, InFlight), await node.Rate("conat", persistent, count, InFlight), await node.Rate("bare", ephemeral, count, InFlight));

            // The first round compiles.
            if (round > 0)
            {
                ephemeralRates.Add(rates.Item1);
                persistentRates.Add(rates.Item2);
                bareRates.Add(rates.Item3);
            }
        }

        return
        [
            Row.OfLeastRatio(Group, $"ephemeral set of {Bytes} B, {InFlight} in flight", "1/s", ephemeralRates.Median(), Bare, bareRates.Median(), 0.6),
            Row.OfLeastRatio(Group, $"persistent set of {Bytes} B, {InFlight} in flight", "1/s", persistentRates.Median(), Bare, bareRates.Median(), 0.3),
        ];
    }

    private static Task<JsonNode?> Open(NodeClient node, string name, string path, bool ephemeral) =>
        node.Do(new JsonObject { ["do"] = "stream", ["name"] = name, ["path"] = path, ["ephemeral"] = ephemeral });

    /// <summary>What an open stream takes of the daemon when nobody has used it for a while.</summary>
    private static async Task<Row> Idle(Published published, bool quick)
    {
        const int Count = 390;

        // What is compiled and loaded once doesn't count.
        const int First = 100;
        using var daemon = ServerProcess.StartStandalone(published.Daemon, "PROJECTSILO_Persist__FileIdleTime=00:00:02", "PROJECTSILO_IdleMemory__WorthwhileBytes=2000000");
        using var node = await NodeClient.ConnectConat(daemon);
        for (var i = 0; i < First; i++)
        {
            await OpenIdle(i);
        }

        // Long enough for the daemon to find that it is idle and give memory back.
        var rest = TimeSpan.FromSeconds(quick ? 20 : 30);
        await Task.Delay(rest);
        var before = ProcessFigures.Memory(daemon.Pid).Rss;
        for (var i = First; i < First + Count; i++)
        {
            await OpenIdle(i);
        }

        await Task.Delay(rest);
        var kilobytes = (ProcessFigures.Memory(daemon.Pid).Rss - before) * 1024 / Count;
        return Row.AtMost(Group, "idle persistent stream, its socket included", "KB", kilobytes, 20);

        async Task OpenIdle(int number)
        {
            var name = number.ToString(CultureInfo.InvariantCulture);
            await Open(node, name, "idle-" + name, ephemeral: false);
            await node.Times("conat", ["set", new JsonArray(name, Bytes)], 3);
        }
    }
}
