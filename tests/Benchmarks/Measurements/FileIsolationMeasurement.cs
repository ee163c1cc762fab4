using System.Diagnostics;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>Whether those who read and write large files delay another client, which pings every 5 ms. The echo is pinged at the same time.</summary>
internal static class FileIsolationMeasurement
{
    public const string Group = "files isolation";

    private const int LargeBytes = 9_000_000;
    private const int WrittenBytes = 1_000_000;
    private const string FileName = "large.txt";

    private static readonly TimeSpan PingPeriod = TimeSpan.FromMilliseconds(5);

    public static Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartDaemon(published.Daemon, HttpMeasurement.NoRateLimit);
        using var echo = ServerProcess.StartBaseline(published, EchoServer.Name);
        File.WriteAllText(Path.Join(daemon.Folder, FileName), new string('x', LargeBytes));
        using var ourClient = HubClient.ConnectHub(daemon.Port);
        using var echoClient = HubClient.ConnectEcho(echo.Port);
        HubLoad.Times(ourClient, HubRequests.Ping, 5_000);
        HubLoad.Times(echoClient, HubRequests.Ping, 5_000);
        var until = Stopwatch.GetTimestamp() + ((quick ? 10 : 30) * Stopwatch.Frequency);
        List<double> ours = [], baseline = [];
        int blobs = 0, texts = 0, writes = 0, overHttp = 0;
        Thread[] threads =
        [
            new(() => blobs = ByHub(daemon.Port, HubRequests.ReadFile(FileName), 2, until)),
            new(() => texts = ByHub(daemon.Port, HubRequests.ReadText(FileName), 1, until)),
            new(() => writes = ByHub(daemon.Port, HubRequests.WriteText("written.txt", new string('x', WrittenBytes)), 1, until)),
            new(() => overHttp = OverHttp(daemon.ApiPort, until)),
            new(() => ours = HubLoad.PacedTimes(ourClient, HubRequests.Ping, PingPeriod, until)),
            new(() => baseline = HubLoad.PacedTimes(echoClient, HubRequests.Ping, PingPeriod, until)),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        var (ourTimes, echoTimes) = (InMilliseconds(ours), InMilliseconds(baseline));
        return Task.FromResult<IReadOnlyList<Row>>(
        [
            Row.Info(Group, "ping p50 under load", "ms", ourTimes.Percentile(0.5)).Beside("bare Kestrel echo", echoTimes.Percentile(0.5)),
            Row.AtMost(Group, "ping p99 under load", "ms", ourTimes.Percentile(0.99), 10).Beside("bare Kestrel echo", echoTimes.Percentile(0.99)),
            Row.Info(Group, "worst ping under load", "ms", ourTimes.Max()).Beside("bare Kestrel echo", echoTimes.Max()),
            Row.Info(Group, "9 MB blobs read meanwhile", "times", blobs),
            Row.Info(Group, "9 MB texts read meanwhile", "times", texts),
            Row.Info(Group, "9 MB read over HTTP meanwhile", "times", overHttp),
            Row.Info(Group, "1 MB texts written meanwhile", "times", writes),
        ]);
    }

    private static double[] InMilliseconds(List<double> microseconds) => [.. microseconds.Select(time => time / 1000)];

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
