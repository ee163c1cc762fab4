using System.Buffers.Text;
using ProjectSilo.Grains.Interfaces.Status;

namespace ProjectSilo.Grains.Native;

/// <summary>The texts of a control group's files (spec 14 §4).</summary>
internal static class ControlGroupText
{
    private const double BytesPerMiB = 1048576;
    private const double KiBPerMiB = 1024;
    private const double NanosecondsPerSecond = 1e9;
    private const double MicrosecondsPerSecond = 1e6;

    /// <summary>Of <c>memory.stat</c>, <c>memory.oom_control</c>, <c>cpuacct.usage</c>, <c>cpu.cfs_quota_us</c> and <c>cpu.cfs_period_us</c>.</summary>
    public static ControlGroupInfo Version1(
        ReadOnlySpan<byte> memory, ReadOnlySpan<byte> oom, ReadOnlySpan<byte> used, ReadOnlySpan<byte> quota, ReadOnlySpan<byte> period) => new()
        {
            TotalRss = ValueOf(memory, "total_rss"u8) / BytesPerMiB ?? 0,
            TotalCache = ValueOf(memory, "total_cache"u8) / BytesPerMiB ?? 0,
            MemoryLimit = ValueOf(memory, "hierarchical_memory_limit"u8) / BytesPerMiB ?? -1,
            CpuUsage = (Number(used) ?? 0) / NanosecondsPerSecond,
            CpuCoresLimit = Number(quota) is { } limit and > 0 && Number(period) is { } length and > 0 ? limit / length : -1,
            OomKills = (long)(ValueOf(oom, "oom_kill"u8) ?? 0),
        };

    /// <summary>Of <c>memory.stat</c>, <c>memory.events</c> and <c>cpu.stat</c>; the limits are elsewhere.</summary>
    public static ControlGroupInfo Version2(ReadOnlySpan<byte> memory, ReadOnlySpan<byte> events, ReadOnlySpan<byte> cpu)
    {
        var info = new ControlGroupInfo
        {
            Anonymous = ValueOf(memory, "anon"u8) / BytesPerMiB,
            File = ValueOf(memory, "file"u8) / BytesPerMiB,
            Kernel = ValueOf(memory, "kernel"u8) / BytesPerMiB,
            Slab = ValueOf(memory, "slab"u8) / BytesPerMiB,
            CpuUsage = (ValueOf(cpu, "usage_usec"u8) ?? 0) / MicrosecondsPerSecond,
            OomKills = (long)(ValueOf(events, "oom_kill"u8) ?? 0),
        };
        return info with { TotalRss = info.Anonymous ?? 0, TotalCache = (info.File ?? 0) + (info.Slab ?? 0) };
    }

    /// <summary>MiB of <c>memory.max</c>; null for <c>max</c>.</summary>
    public static double? MemoryMax(ReadOnlySpan<byte> text) => Number(text) / BytesPerMiB;

    /// <summary>Processors of <c>cpu.max</c>, e.g. 0.5 of <c>50000 100000</c>; null for <c>max 100000</c>.</summary>
    public static double? CpuMax(ReadOnlySpan<byte> text)
    {
        var space = text.IndexOf((byte)' ');
        return space > 0 && Number(text[..space]) is { } quota && Number(text[(space + 1)..]) is { } period and > 0 ? quota / period : null;
    }

    /// <summary>MiB of the line <c>MemTotal:       16314508 kB</c> of <c>/proc/meminfo</c>.</summary>
    public static double? MemoryTotal(ReadOnlySpan<byte> text) => ValueOf(text, "MemTotal:"u8) / KiBPerMiB;

    /// <summary>How many lines of <c>/proc/cpuinfo</c> begin with <c>processor</c>.</summary>
    public static int Processors(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var range in text.Split((byte)'\n'))
        {
            count += text[range].StartsWith("processor"u8) ? 1 : 0;
        }

        return count;
    }

    /// <summary>The number of the line <c>{name} {number}</c>.</summary>
    private static double? ValueOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            if (line.Length > name.Length && line.StartsWith(name) && line[name.Length] == (byte)' ')
            {
                return Number(line[(name.Length + 1)..]);
            }
        }

        return null;
    }

    private static double? Number(ReadOnlySpan<byte> text) => Utf8Parser.TryParse(text.TrimStart((byte)' '), out double value, out _) ? value : null;
}
