using System.Text.Json.Nodes;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>The project's API and its file streams over Conat, on a standalone daemon: node's Socket.IO client calls, beside the same client at a bare server.</summary>
internal static class ConatMeasurement
{
    public const string Group = "conat";

    private const string Bare = "bare emit, node socket.io";
    private const string Copy = "copy over one WebSocket";
    private const string Ours = "conat";
    private const string Theirs = "bare";
    private const int InFlight = 64;
    private const int ListedFiles = 500;
    private const int StreamedBytes = 256 * 1024 * 1024;

    private static readonly JsonArray Ping = ["system.ping", new JsonArray()];
    private static readonly JsonArray True = ["system.exec", new JsonArray(new JsonObject { ["command"] = "/bin/true" })];
    private static readonly JsonArray List = ["system.listing", new JsonArray(new JsonObject { ["path"] = "listed" })];

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartStandalone(published.Daemon);
        await NodeClient.Install();
        using var bare = ServerProcess.StartNode(Published.Script("socketio-server.mjs"));
        using var node = await NodeClient.ConnectConat(daemon);
        await node.Do(new JsonObject { ["do"] = Theirs, ["url"] = $"http://127.0.0.1:{bare.Port}" });
        return [.. await Calls(node, quick), .. await Commands(node, daemon, quick), await Listing(node, daemon, quick), .. await Streams(node, published, daemon, quick)];
    }

    private static async Task<Row[]> Calls(NodeClient node, bool quick)
    {
        var calls = quick ? 2_000 : 5_000;
        await node.Times(Ours, Ping, calls);
        await node.Times(Theirs, Ping, calls);
        List<double[]> ours = [], baseline = [];
        List<double> ourRates = [], baselineRates = [];
        for (var round = 0; round < (quick ? 5 : 15); round++)
        {
            ours.Add(await node.Times(Ours, Ping, calls));
            baseline.Add(await node.Times(Theirs, Ping, calls));
            ourRates.Add(await node.Rate(Ours, Ping, 2 * calls, InFlight));
            baselineRates.Add(await node.Rate(Theirs, Ping, 2 * calls, InFlight));
        }

        return
        [
            Row.OfRatio(Group, "system.ping p50", "µs", OfRank(ours, 0.5), Bare, OfRank(baseline, 0.5), 2),
            Row.Info(Group, "system.ping p99", "µs", OfRank(ours, 0.99)).Beside(Bare, OfRank(baseline, 0.99)),
            Row.OfLeastRatio(Group, $"system.ping, {InFlight} in flight", "1/s", ourRates.Median(), Bare, baselineRates.Median(), 0.5),
        ];
    }

    private static async Task<Row[]> Commands(NodeClient node, ServerProcess daemon, bool quick)
    {
        const double MostMore = 1;
        using var hub = HubClient.ConnectHub(daemon.Port);
        var commands = quick ? 100 : 300;
        List<double[]> ours = [], baseline = [];
        await node.Times(Ours, True, commands);
        HubLoad.Times(hub, HubRequests.True, commands);
        for (var round = 0; round < (quick ? 3 : 9); round++)
        {
            ours.Add(await node.Times(Ours, True, commands));
            baseline.Add(HubLoad.Times(hub, HubRequests.True, commands));
        }

        var byHub = OfRank(baseline, 0.5) / 1000;
        return [Row.AtMost(Group, "system.exec of /bin/true p50", "ms", OfRank(ours, 0.5) / 1000, byHub + MostMore).Beside("over the hub's wire", byHub)];
    }

    private static async Task<Row> Listing(NodeClient node, ServerProcess daemon, bool quick)
    {
        const double MostMore = 2;
        var folder = Directory.CreateDirectory(Path.Join(daemon.Folder, "listed")).FullName;
        ListingMeasurement.Fill(folder, ListedFiles);
        await node.Times(Ours, List, 200);
        var ours = await node.Times(Ours, List, quick ? 300 : 1_000);
        var byGrain = await ListingMeasurement.ByGrain(folder, ListedFiles);
        return Row.AtMost(Group, $"system.listing of {ListedFiles} p50", "ms", ours.Percentile(0.5) / 1000, byGrain + MostMore).Beside("the files grain", byGrain);
    }

    private static async Task<Row[]> Streams(NodeClient node, Published published, ServerProcess daemon, bool quick)
    {
        using var copy = ServerProcess.StartBaseline(published, CopyServer.Name);
        var url = $"ws://127.0.0.1:{copy.Port}";
        var source = Path.Join(copy.Folder, "source");
        var target = Path.Join(copy.Folder, "target");
        await MakeFile(source);
        var before = ProcessFigures.Memory(daemon.Pid).Rss;
        List<double> reads = [], writes = [], bareReads = [], bareWrites = [];
        ProcessFigures.ResetPeak(daemon.Pid);
        for (var round = 0; round < (quick ? 3 : 7); round++)
        {
            reads.Add(await Stream(node, new JsonObject { ["do"] = "read", ["client"] = Ours, ["path"] = source }));
            bareReads.Add(await Stream(node, new JsonObject { ["do"] = "read", ["client"] = Theirs, ["url"] = url, ["path"] = source }));
            writes.Add(await Stream(node, new JsonObject { ["do"] = "write", ["client"] = Ours, ["source"] = source, ["path"] = target }));
            bareWrites.Add(await Stream(node, new JsonObject { ["do"] = "write", ["client"] = Theirs, ["url"] = url, ["source"] = source, ["path"] = target }));
        }

        return
        [
            Row.OfLeastRatio(Group, "files:read of 256 MB", "MB/s", reads.Median(), Copy, bareReads.Median(), 0.6),
            Row.OfLeastRatio(Group, "files:write of 256 MB", "MB/s", writes.Median(), Copy, bareWrites.Median(), 0.6),
            Row.AtMost(Group, "growth of memory meanwhile", "MB", ProcessFigures.PeakRss(daemon.Pid) - before, 64),
        ];
    }

    private static async Task<double> Stream(NodeClient node, JsonObject command)
    {
        var result = (await node.Do(command))!;
        return result["bytes"]!.GetValue<long>() == StreamedBytes
            ? StreamedBytes / result["seconds"]!.GetValue<double>() / 1024 / 1024
            : throw new InvalidOperationException($"{command["do"]} of {result["bytes"]} bytes, not {StreamedBytes}.");
    }

    private static async Task MakeFile(string path)
    {
        await using var file = File.Create(path);
        var block = new byte[1024 * 1024];
        for (var i = 0; i < StreamedBytes / block.Length; i++)
        {
            Random.Shared.NextBytes(block);
            await file.WriteAsync(block);
        }
    }

    private static double OfRank(List<double[]> rounds, double rank) => rounds.Select(times => times.Percentile(rank)).Median();
}
