using System.Diagnostics;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary><c>/bin/true</c> over the hub's port beside the bare system calls.</summary>
internal static class ExecMeasurement
{
    public const string Group = "exec";

    private const string Bare = "posix_spawn + waitpid";
    private const int InFlight = 16;

    public static Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartDaemon(published.Daemon);
        using var client = HubClient.ConnectHub(daemon.Port);
        var commands = quick ? 100 : 300;
        client.Call(HubRequests.True);
        HubLoad.Times(client, HubRequests.True, commands);
        BareTimes(commands);
        List<double[]> ours = [], baseline = [];
        List<double> rates = [];
        var rounds = quick ? 3 : 9;
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(HubLoad.Times(client, HubRequests.True, commands));
            baseline.Add(BareTimes(commands));
            rates.Add(HubLoad.Rate(client, HubRequests.True, InFlight, TimeSpan.FromSeconds(1)));
        }

        return Task.FromResult<IReadOnlyList<Row>>(
        [
            Row.OfRatio(Group, "/bin/true p50", "ms", OfRank(ours, 0.5), Bare, OfRank(baseline, 0.5), 2),
            Row.Info(Group, "/bin/true p99", "ms", OfRank(ours, 0.99)).Beside(Bare, OfRank(baseline, 0.99)),
            Row.AtLeast(Group, $"/bin/true, {InFlight} in flight", "1/s", rates.Median(), 400),
        ]);
    }

    private static double OfRank(List<double[]> rounds, double rank) => rounds.Select(times => times.Percentile(rank)).Median() / 1000;

    private static double[] BareTimes(int count)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            BareSpawn.RunToEnd("/bin/true");
            times[i] = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
        }

        return times;
    }
}
