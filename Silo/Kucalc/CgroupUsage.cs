using ProjectSilo.Grains.Native;

namespace ProjectSilo.Silo.Kucalc;

/// <summary>What a control group says of the project's container, in the units of the hub's database (spec 14 §10). <c>null</c>: not readable.</summary>
/// <param name="MemoryRssKi">KiB in use by processes.</param>
/// <param name="MemoryCacheKi">KiB of files in memory.</param>
/// <param name="MemoryLimitKi">KiB that may be used.</param>
/// <param name="CpuSeconds">CPU time used by the group.</param>
/// <param name="OomKills">Processes that the kernel ended for lack of memory.</param>
internal sealed record CgroupUsage(long? MemoryRssKi, long? MemoryCacheKi, long? MemoryLimitKi, double? CpuSeconds, long? OomKills)
{
    private const double KiPerMiB = 1024;

    /// <summary>Of what the files say.</summary>
    public static CgroupUsage Of(ControlGroupParts parts)
    {
        var memory = parts.HasMemory ? parts.Info : null;
        return new CgroupUsage(
            Ki(memory?.TotalRss),
            Ki(memory?.TotalCache),
            Ki(memory?.MemoryLimit),
            parts.HasCpu ? parts.Info.CpuUsage : null,
            parts.HasOomKills ? parts.Info.OomKills : null);
    }

    private static long? Ki(double? mebibytes) => mebibytes is { } known and >= 0 ? (long)Math.Round(known * KiPerMiB) : null;
}
