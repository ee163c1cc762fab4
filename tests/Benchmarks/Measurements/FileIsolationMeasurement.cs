using System.Diagnostics;
using System.Text.Json.Nodes;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>
/// Whether one who lists 100,000 files in a loop, one who reads 50 MB files in a loop, both over Conat, and one who reads a FIFO that nobody writes, delay another client,
/// which pings every 5 ms. The echo is pinged at the same time.
/// </summary>
internal static class FileIsolationMeasurement
{
    public const string Group = "files isolation";

    private const int ListedFiles = 100_000;
    private const int ReadBytes = 50_000_000;
    private const string FileName = "large";
    private const string FolderName = "listed";
    private const string FifoName = "fifo";

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        await NodeClient.Install();
        using var daemon = ServerProcess.StartStandalone(published.Daemon);
        using var echo = ServerProcess.StartBaseline(published, EchoServer.Name);
        await File.WriteAllBytesAsync(Path.Join(daemon.Folder, FileName), new byte[ReadBytes]);
        ListingMeasurement.Fill(Directory.CreateDirectory(Path.Join(daemon.Folder, FolderName)).FullName, ListedFiles);
        using var makeFifo = Process.Start("mkfifo", Path.Join(daemon.Folder, FifoName));
        await makeFifo.WaitForExitAsync();

        using var lister = await NodeClient.ConnectConat(daemon);
        using var reader = await NodeClient.ConnectConat(daemon);
        using var hanging = HubClient.ConnectHub(daemon.Port);
        hanging.Send(HubRequests.ReadText(FifoName));
        var time = TimeSpan.FromSeconds(quick ? 10 : 30);
        using var ourPings = await PacedPings.Prepare(published, PacedPings.Hub, daemon.Port, time);
        using var echoPings = await PacedPings.Prepare(published, PacedPings.Echo, echo.Port, time);
        var listings = lister.Do(new JsonObject
        {
            ["do"] = "loop",
            ["seconds"] = time.TotalSeconds,
            ["call"] = new JsonArray("system.listing", new JsonArray(new JsonObject { ["path"] = FolderName })),
        });
        var reads = reader.Do(new JsonObject { ["do"] = "loop", ["seconds"] = time.TotalSeconds, ["path"] = FileName });
        var measured = await Task.WhenAll(ourPings.Measure(), echoPings.Measure());
        var (ourTimes, echoTimes) = (measured[0], measured[1]);
        return
        [
            Row.Info(Group, "ping p50 under load", "ms", ourTimes.Percentile(0.5)).Beside("bare Kestrel echo", echoTimes.Percentile(0.5)),
            Row.AtMost(Group, "ping p99 under load", "ms", ourTimes.Percentile(0.99), 10).Beside("bare Kestrel echo", echoTimes.Percentile(0.99)),
            Row.Info(Group, "worst ping under load", "ms", ourTimes.Max()).Beside("bare Kestrel echo", echoTimes.Max()),
            Row.Info(Group, "100,000 files listed meanwhile", "times", (await listings)!.GetValue<int>()),
            Row.Info(Group, "50 MB read meanwhile", "times", (await reads)!.GetValue<int>()),
        ];
    }
}
