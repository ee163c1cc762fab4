using System.Diagnostics;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>Whether those who read and write large files, and one who reads a FIFO that nobody writes, delay another client, which pings every 5 ms. The echo is pinged at the same time.</summary>
internal static class FileIsolationMeasurement
{
    public const string Group = "files isolation";

    private const int LargeBytes = 9_000_000;
    private const int WrittenBytes = 1_000_000;
    private const string FileName = "large.txt";
    private const string FifoName = "fifo";

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartDaemon(published.Daemon, HttpMeasurement.NoRateLimit);
        using var echo = ServerProcess.StartBaseline(published, EchoServer.Name);
        File.WriteAllText(Path.Join(daemon.Folder, FileName), new string('x', LargeBytes));
        using var makeFifo = Process.Start("mkfifo", Path.Join(daemon.Folder, FifoName));
        await makeFifo.WaitForExitAsync();
        var time = TimeSpan.FromSeconds(quick ? 10 : 30);
        using var ourPings = await PacedPings.Prepare(published, PacedPings.Hub, daemon.Port, time);
        using var echoPings = await PacedPings.Prepare(published, PacedPings.Echo, echo.Port, time);
        using var hanging = HubClient.ConnectHub(daemon.Port);
        hanging.Send(HubRequests.ReadText(FifoName));
        var until = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        int blobs = 0, texts = 0, writes = 0, overHttp = 0;
        Thread[] threads =
        [
            new(() => blobs = ByHub(daemon.Port, HubRequests.ReadFile(FileName), 2, until)),
            new(() => texts = ByHub(daemon.Port, HubRequests.ReadText(FileName), 1, until)),
            new(() => writes = ByHub(daemon.Port, HubRequests.WriteText("written.txt", new string('x', WrittenBytes)), 1, until)),
            new(() => overHttp = OverHttp(daemon.ApiPort, until)),
        ];
        Array.ForEach(threads, thread => thread.Start());
        var measured = await Task.WhenAll(ourPings.Measure(), echoPings.Measure());
        Array.ForEach(threads, thread => thread.Join());
        var (ourTimes, echoTimes) = (measured[0], measured[1]);
        return
        [
            Row.Info(Group, "ping p50 under load", "ms", ourTimes.Percentile(0.5)).Beside("bare Kestrel echo", echoTimes.Percentile(0.5)),
            Row.AtMost(Group, "ping p99 under load", "ms", ourTimes.Percentile(0.99), 10).Beside("bare Kestrel echo", echoTimes.Percentile(0.99)),
            Row.Info(Group, "worst ping under load", "ms", ourTimes.Max()).Beside("bare Kestrel echo", echoTimes.Max()),
            Row.Info(Group, "9 MB blobs read meanwhile", "times", blobs),
            Row.Info(Group, "9 MB texts read meanwhile", "times", texts),
            Row.Info(Group, "9 MB read over HTTP meanwhile", "times", overHttp),
            Row.Info(Group, "1 MB texts written meanwhile", "times", writes),
        ];
    }

    private static int ByHub(int port, byte[] request, int answers, long until)
    {
        using var client = HubClient.ConnectHub(port);
        var calls = 0;
        for (; Stopwatch.GetTimestamp() < until; calls++)
        {
            client.Call(request);
            for (var frame = 1; frame < answers; frame++)
            {
                client.ReceiveUnseen();
            }
        }

        return calls;
    }

    private static int OverHttp(int port, long until)
    {
        using var client = new HttpClientConnection(port);
        var request = HttpClientConnection.ReadText(FileName);
        var calls = 0;
        for (; Stopwatch.GetTimestamp() < until; calls++)
        {
            client.Call(request);
        }

        return calls;
    }
}
