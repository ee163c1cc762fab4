using System.Diagnostics.Metrics;

namespace ProjectSilo.Grains.Kernels;

/// <summary>Metrics of kernels.</summary>
internal static class KernelsInstruments
{
    private static readonly Meter Meter = new("ProjectSilo.Kernels");
    private static readonly UpDownCounter<long> Running = Meter.CreateUpDownCounter<long>("projectsilo.kernels.running", description: "Processes of kernels, those of the pool among them.");
    private static readonly Counter<long> Taken = Meter.CreateCounter<long>("projectsilo.kernels.pooled", description: "Kernels that could have come from the pool, by whether they did.");
    private static readonly Counter<long> LostIdles = Meter.CreateCounter<long>("projectsilo.kernels.lost_idles", description: "Executions whose end a kernel has dropped since it was not read fast enough.");

    public static void Started() => Running.Add(1);

    public static void Ended() => Running.Add(-1);

    public static void PoolAsked(bool isHit) => Taken.Add(1, new KeyValuePair<string, object?>("hit", isHit));

    public static void IdleLost() => LostIdles.Add(1);
}
