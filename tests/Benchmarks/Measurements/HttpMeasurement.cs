using System.Diagnostics;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>A small file over the HTTP API beside an endpoint that reads it and does nothing else.</summary>
internal static class HttpMeasurement
{
    public const string Group = "files http";

    /// <summary>So many requests a minute are none that a project may send.</summary>
    private const string NoRateLimit = "PROJECTSILO_HttpApi__RequestsPerWindow=2000000000";

    private const string FileName = "small.txt";
    private const string Bare = "bare Kestrel, reads the file";

    public static Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartDaemon(published.Daemon, NoRateLimit);
        using var bare = ServerProcess.StartBaseline(published, ReadFileServer.Name);
        foreach (var server in (ServerProcess[])[daemon, bare])
        {
            File.WriteAllText(Path.Join(server.Folder, FileName), new string('x', 100));
        }

        using var ourClient = new HttpClientConnection(daemon.ApiPort);
        using var bareClient = new HttpClientConnection(bare.Port);
        Times(ourClient, 10_000);
        Times(bareClient, 10_000);
        var reads = quick ? 2_000 : 5_000;
        var rounds = quick ? 5 : 15;
        List<double[]> ours = [], baseline = [];
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(Times(ourClient, reads));
            baseline.Add(Times(bareClient, reads));
        }

        return Task.FromResult<IReadOnlyList<Row>>(
        [
            Row.OfRatio(Group, "read of 100 bytes p50", "µs", OfRank(ours, 0.5), Bare, OfRank(baseline, 0.5), 1.5),
            Row.Info(Group, "read of 100 bytes p99", "µs", OfRank(ours, 0.99)).Beside(Bare, OfRank(baseline, 0.99)),
        ]);
    }

    private static double OfRank(List<double[]> rounds, double rank) => rounds.Select(times => times.Percentile(rank)).Median();

    private static double[] Times(HttpClientConnection client, int count)
    {
        var request = HttpClientConnection.ReadText(FileName);
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            client.Call(request);
            times[i] = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
        }

        return times;
    }
}
