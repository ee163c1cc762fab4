using System.Diagnostics;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>
/// Whether heavy users delay a light one: eight commands burn processor time, one prints 100 MB every five seconds, 1,000 connections are open, and another client
/// pings every 5 ms. The echo is pinged at the same time. Then the same with a printing that never pauses, for information: it alone takes half a processor of the
/// daemon.
/// </summary>
internal static class IsolationMeasurement
{
    public const string Group = "isolation";

    private const int Burners = 8;
    private const int PrintedBytes = 100_000_000;
    private const int IdleConnections = 1_000;
    private static readonly TimeSpan PrintPeriod = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartDaemon(published.Daemon);
        using var echo = ServerProcess.StartBaseline(published, EchoServer.Name);
        await Task.Delay(TimeSpan.FromSeconds(3));
        var before = ProcessFigures.Memory(daemon.Pid).Rss;
        var time = TimeSpan.FromSeconds(quick ? 10 : 30);
        var stolen = ProcessFigures.StolenSeconds();
        var (ours, baseline, _) = await UnderLoad(published, daemon, echo, time, PrintPeriod);
        stolen = ProcessFigures.StolenSeconds() - stolen;
        var (oursUnceasing, baselineUnceasing, prints) = await UnderLoad(published, daemon, echo, time, TimeSpan.Zero);
        await Task.Delay(TimeSpan.FromSeconds(5));
        var soon = ProcessFigures.Memory(daemon.Pid).Rss;
        await Task.Delay(TimeSpan.FromSeconds(quick ? 10 : 30));
        var settled = ProcessFigures.Memory(daemon.Pid).Rss;
        return
        [
            Row.Info(Group, "ping p50 under load", "ms", ours.Percentile(0.5)).Beside("bare Kestrel echo", baseline.Percentile(0.5)),
            Row.AtMost(Group, "ping p99 under load", "ms", ours.Percentile(0.99), 10).Beside("bare Kestrel echo", baseline.Percentile(0.99)),
            Row.Info(Group, "worst ping under load", "ms", ours.Max()).Beside("bare Kestrel echo", baseline.Max()),
            Row.Info(Group, "processor time stolen meanwhile", "s", stolen),
            Row.Info(Group, "ping p99, unceasing output", "ms", oursUnceasing.Percentile(0.99)).Beside("bare Kestrel echo", baselineUnceasing.Percentile(0.99)),
            Row.Info(Group, "100 MB printed meanwhile", "times", prints),
            Row.Info(Group, "RSS 5 s after the load", "MB", soon).Beside("before it", before),
            Row.Info(Group, "RSS when settled", "MB", settled).Beside("before it", before),
        ];
    }

    private static async Task<(double[] Ours, double[] Baseline, int Prints)> UnderLoad(
        Published published, ServerProcess daemon, ServerProcess echo, TimeSpan time, TimeSpan printPeriod)
    {
        var idle = Enumerable.Range(0, IdleConnections).Select(_ => HubClient.ConnectHub(daemon.Port)).ToArray();
        using var burning = HubClient.ConnectHub(daemon.Port);
        using var ourPings = await PacedPings.Prepare(published, PacedPings.Hub, daemon.Port, time);
        using var echoPings = await PacedPings.Prepare(published, PacedPings.Echo, echo.Port, time);
        burning.Heartbeat();
        for (var i = 0; i < Burners; i++)
        {
            burning.Send(HubRequests.Burn(time));
        }

        var until = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var prints = 0;
        var printing = new Thread(() => prints = Print(daemon.Port, until, printPeriod)) { Name = "prints" };
        printing.Start();
        var times = await Task.WhenAll(ourPings.Measure(), echoPings.Measure());
        printing.Join();
        for (var i = 0; i < Burners; i++)
        {
            // Killed at the end of their time, and not before.
            var answer = burning.Receive();
            if (!answer.Head.Contains("killed command", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"A command did not burn: {answer.Head}");
            }
        }

        foreach (var client in idle)
        {
            client.Dispose();
        }

        return (times[0], times[1], prints);
    }

    private static int Print(int port, long until, TimeSpan period)
    {
        using var client = HubClient.ConnectHub(port);
        var prints = 0;
        while (Stopwatch.GetTimestamp() < until)
        {
            var begin = Stopwatch.GetTimestamp();
            client.Call(HubRequests.Print(PrintedBytes));
            prints++;
            var rest = period - Stopwatch.GetElapsedTime(begin);
            Thread.Sleep(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
        }

        return prints;
    }
}
