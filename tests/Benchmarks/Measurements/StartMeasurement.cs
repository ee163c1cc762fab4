using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>How long the daemon takes to be ready, and what it costs while nobody asks it for anything.</summary>
internal static class StartMeasurement
{
    public const string Group = "start";

    private const string BareKestrel = "bare Kestrel";

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        List<double> ours = [], baseline = [];
        var rounds = quick ? 5 : 15;
        for (var round = 0; round < rounds; round++)
        {
            using (var daemon = ServerProcess.StartDaemon(published.Daemon))
            {
                ours.Add(daemon.StartTime.TotalMilliseconds);
            }

            using (var hello = ServerProcess.StartBaseline(published, HelloServer.Name))
            {
                baseline.Add(hello.StartTime.TotalMilliseconds);
            }
        }

        return [Row.OfRatio(Group, "process start to hub-server.port", "ms", ours.Median(), BareKestrel, baseline.Median(), 2), .. await Idle(published, quick)];
    }

    private static async Task<Row[]> Idle(Published published, bool quick)
    {
        List<(double Rss, double Pss)> ours = [], baseline = [];
        double cpu = 0;
        var rounds = quick ? 1 : 3;
        for (var round = 0; round < rounds; round++)
        {
            using var daemon = ServerProcess.StartDaemon(published.Daemon);
            using var hello = ServerProcess.StartBaseline(published, HelloServer.Name);
            await Task.Delay(TimeSpan.FromSeconds(10));
            ours.Add(ProcessFigures.Memory(daemon.Pid));
            baseline.Add(ProcessFigures.Memory(hello.Pid));
            if (round == 0)
            {
                var time = TimeSpan.FromSeconds(quick ? 20 : 40);
                var before = ProcessFigures.CpuSeconds(daemon.Pid);
                await Task.Delay(time);
                cpu = 100 * (ProcessFigures.CpuSeconds(daemon.Pid) - before) / time.TotalSeconds;
            }
        }

        return
        [
            Row.OfRatio(Group, "idle RSS", "MB", ours.Select(memory => memory.Rss).Median(), BareKestrel, baseline.Select(memory => memory.Rss).Median(), 1.4),
            Row.OfRatio(Group, "idle PSS", "MB", ours.Select(memory => memory.Pss).Median(), BareKestrel, baseline.Select(memory => memory.Pss).Median(), 1.4),
            Row.AtMost(Group, "idle CPU", "%", cpu, 0.3),
        ];
    }
}
