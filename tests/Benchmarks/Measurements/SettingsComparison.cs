using System.Globalization;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>The daemon under run-time settings other than its own, each given by a variable of the runtime: what docs/decisions/0005 rests on.</summary>
internal static class SettingsComparison
{
    public const string Group = "settings";

    private static readonly (string Name, string[] Variables)[] Settings =
    [
        ("as published", []),
        ("no concurrent GC", ["DOTNET_gcConcurrent=0"]),
        ("gen0 4 MB", ["DOTNET_GCgen0size=0x400000"]),
        ("conserve memory 5", ["DOTNET_GCConserveMemory=5"]),
        ("retain VM", ["DOTNET_GCRetainVM=1"]),
        ("server GC", ["DOTNET_gcServer=1"]),
        ("tiered PGO", ["DOTNET_TieredPGO=1"]),
        ("no tiered compilation", ["DOTNET_TieredCompilation=0"]),
        ("no quick JIT for loops", ["DOTNET_TC_QuickJitForLoops=0"]),
        ("no spinning in the pool", ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0"]),
    ];

    private static readonly Column[] Columns =
    [
        new("start ms", Best.Least), new("start CPU ms", Best.Least), new("idle RSS MB", Best.Median), new("ping p50 µs", Best.Least),
        new("ping p99 µs", Best.Least), new("pings/s", Best.Most), new("exec p50 ms", Best.Least), new("execs/s", Best.Most), new("20 MB ms", Best.Least),
        new("RSS after 3 s", Best.Median), new("RSS after 15 s", Best.Median),
    ];

    /// <summary>Which of the rounds' figures is shown. What others do on the machine only makes times longer, so the best round tells most about the setting.</summary>
    private enum Best
    {
        Least,
        Most,
        Median,
    }

    public static async Task Run(string daemon, bool quick)
    {
        var jitted = await Published.CreateJitted();
        (string Name, string Daemon, string[] Variables)[] variants =
            [.. Settings.Select(setting => (setting.Name, daemon, setting.Variables)), ("no ReadyToRun", jitted, [])];
        var figures = variants.Select(_ => new List<double[]>()).ToArray();
        var rounds = quick ? 2 : 5;
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < variants.Length; i++)
            {
                await Console.Error.WriteLineAsync($"round {round + 1}: {variants[i].Name}");
                figures[i].Add(await Measure(variants[i].Daemon, variants[i].Variables));
            }
        }

        Console.WriteLine($"| setting | {string.Join(" | ", Columns.Select(column => column.Name))} |");
        Console.WriteLine($"| --- {string.Concat(Columns.Select(_ => "| --: "))}|");
        for (var i = 0; i < variants.Length; i++)
        {
            var cells = Columns.Select((column, index) => column.Of(figures[i].Select(round => round[index])))
                .Select(value => value.ToString(value >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture));
            Console.WriteLine($"| {variants[i].Name} | {string.Join(" | ", cells)} |");
        }
    }

    private static async Task<double[]> Measure(string daemonPath, string[] variables)
    {
        using var daemon = ServerProcess.StartDaemon(daemonPath, variables);
        var startCpu = ProcessFigures.CpuSeconds(daemon.Pid);
        await Task.Delay(TimeSpan.FromSeconds(4));
        var idle = ProcessFigures.Memory(daemon.Pid);
        using var client = HubClient.ConnectHub(daemon.Port);
        HubLoad.Times(client, HubRequests.Ping, 5_000);
        var pings = HubLoad.Times(client, HubRequests.Ping, 5_000);
        var pingRate = HubLoad.Rate(client, HubRequests.Ping, 64, TimeSpan.FromSeconds(1));
        HubLoad.Times(client, HubRequests.True, 50);
        var execs = HubLoad.Times(client, HubRequests.True, 200);
        var execRate = HubLoad.Rate(client, HubRequests.True, 16, TimeSpan.FromSeconds(1));
        var prints = HubLoad.Times(client, HubRequests.Print(20_000_000), 5);
        await Task.Delay(TimeSpan.FromSeconds(3));
        var soon = ProcessFigures.Memory(daemon.Pid).Rss;
        await Task.Delay(TimeSpan.FromSeconds(12));
        var settled = ProcessFigures.Memory(daemon.Pid).Rss;
        return
        [
            daemon.StartTime.TotalMilliseconds, 1000 * startCpu, idle.Rss, pings.Percentile(0.5), pings.Percentile(0.99), pingRate,
            execs.Percentile(0.5) / 1000, execRate, prints.Median() / 1000, soon, settled,
        ];
    }

    private sealed record Column(string Name, Best Best)
    {
        public double Of(IEnumerable<double> rounds) => Best switch
        {
            Best.Least => rounds.Min(),
            Best.Most => rounds.Max(),
            _ => rounds.Median(),
        };
    }
}
