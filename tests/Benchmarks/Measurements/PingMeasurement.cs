using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>The hub's ping beside an echo of the same frames.</summary>
internal static class PingMeasurement
{
    public const string Group = "ping";

    private const string BareEcho = "bare Kestrel echo";
    private const int InFlight = 64;

    public static Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartDaemon(published.Daemon);
        using var echo = ServerProcess.StartBaseline(published, EchoServer.Name);
        using var ourClient = HubClient.ConnectHub(daemon.Port);
        using var echoClient = HubClient.ConnectEcho(echo.Port);
        var pings = quick ? 2_000 : 5_000;
        var rateTime = TimeSpan.FromSeconds(quick ? 0.5 : 1);

        // Both servers compile their hot paths first.
        HubLoad.Times(ourClient, HubRequests.Ping, 10_000);
        HubLoad.Times(echoClient, HubRequests.Ping, 10_000);
        List<double[]> ours = [], baseline = [];
        List<double> ourRates = [], baselineRates = [];
        var rounds = quick ? 5 : 15;
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(HubLoad.Times(ourClient, HubRequests.Ping, pings));
            baseline.Add(HubLoad.Times(echoClient, HubRequests.Ping, pings));
            ourRates.Add(HubLoad.Rate(ourClient, HubRequests.Ping, InFlight, rateTime));
            baselineRates.Add(HubLoad.Rate(echoClient, HubRequests.Ping, InFlight, rateTime));
        }

        return Task.FromResult<IReadOnlyList<Row>>(
        [
            OfPercentile("ping p50", 0.5),
            OfPercentile("ping p99", 0.99),
            Row.AtLeast(Group, $"{InFlight} in flight", "1/s", ourRates.Median(), 20_000).Beside(BareEcho, baselineRates.Median()),
        ]);

        Row OfPercentile(string what, double rank) => Row.OfRatio(
            Group, what, "µs", ours.Select(times => times.Percentile(rank)).Median(), BareEcho, baseline.Select(times => times.Percentile(rank)).Median(), 1.5);
    }
}
