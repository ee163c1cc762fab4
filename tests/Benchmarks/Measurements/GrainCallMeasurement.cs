using System.Diagnostics;
using Orleans.TestingHost;
using ProjectSilo.Benchmarks.Grains;
using ProjectSilo.Benchmarks.Report;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>A grain call in this process.</summary>
internal static class GrainCallMeasurement
{
    public const string Group = "grain";

    private const int Callers = 64;

    public static async Task<IReadOnlyList<Row>> Run(bool quick)
    {
        await using var cluster = new TestClusterBuilder(1).AddSiloBuilderConfigurator<BenchmarkGrains>().Build();
        await cluster.DeployAsync();
        var grains = Enumerable.Range(0, Callers).Select(i => cluster.GrainFactory.GetGrain<IBenchmarkGrain>($"0/{i}")).ToArray();
        var calls = quick ? 20_000 : 100_000;
        List<double> p50 = [], p99 = [], allocated = [], rates = [];
        var rounds = quick ? 4 : 8;
        for (var round = 0; round < rounds; round++)
        {
            var (times, bytes) = await OneCaller(grains[0], calls);
            var rate = await ManyCallers(grains, calls / 10);
            // The first round compiles.
            if (round > 0)
            {
                p50.Add(times.Percentile(0.5));
                p99.Add(times.Percentile(0.99));
                allocated.Add(bytes);
                rates.Add(rate);
            }
        }

        return
        [
            Row.AtMost(Group, "call p50", "µs", p50.Median(), 15),
            Row.Info(Group, "call p99", "µs", p99.Median()),
            Row.AtMost(Group, "allocated per call", "B", allocated.Median(), 1024),
            Row.AtLeast(Group, $"{Callers} callers", "1/s", rates.Median(), 100_000),
        ];
    }

    private static async Task<(double[] Microseconds, double Bytes)> OneCaller(IBenchmarkGrain grain, int calls)
    {
        var times = new double[calls];
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < calls; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            await grain.Next(i);
            times[i] = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
        }

        return (times, (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / calls);
    }

    private static async Task<double> ManyCallers(IBenchmarkGrain[] grains, int callsEach)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(grains.Select(grain => Task.Run(async () =>
        {
            for (var i = 0; i < callsEach; i++)
            {
                await grain.Next(i);
            }
        })));
        return grains.Length * callsEach / watch.Elapsed.TotalSeconds;
    }
}
