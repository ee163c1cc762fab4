using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Grains.Formatters;

/// <summary>Bounds and times of formatters (spec 12); configuration section <c>Formatters</c>.</summary>
public sealed class FormattersOptions
{
    /// <summary>A larger text, in UTF-8 and with its options, is refused.</summary>
    [Range(1, 256 * 1024 * 1024)]
    public int MaxTextBytes { get; set; } = 10_000_000;

    /// <summary>Largest result, and largest file that a tool may write: what writes without end is killed by the kernel.</summary>
    [Range(1, 512 * 1024 * 1024)]
    public int MaxResultBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes of all texts that are being formatted or wait; one more text beyond it fails.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPendingBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Most UTF-16 code units of an error; the rest is dropped.</summary>
    [Range(1_000, 64 * 1024 * 1024)]
    public int MaxErrorCharacters { get; set; } = 100_000;

    /// <summary>Memory that a process of a tool may have (its data segment); the heap of prettier gets three quarters of it.</summary>
    [Range(64L * 1024 * 1024, long.MaxValue)]
    public long MaxMemoryBytes { get; set; } = 1024L * 1024 * 1024;

    /// <summary>Tools at once; others wait.</summary>
    [Range(1, 1_000)]
    public int MaxRunning { get; set; } = 4;

    /// <summary>Tools at once of one caller.</summary>
    [Range(1, 1_000)]
    public int MaxRunningPerCaller { get; set; } = 2;

    /// <summary>Texts that wait for a tool, and those that wait for prettier; one more fails.</summary>
    [Range(0, 100_000)]
    public int MaxWaiting { get; set; } = 100;

    /// <summary>What waits longer fails: browsers have given up by then (spec 12 §1.1).</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a tool may take; then its process group is killed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The same of <c>tidy</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan TidyTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The same of <c>biber</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan BiberTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long prettier's process stays when nothing is asked of it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan PrettierIdleLifetime { get; set; } = TimeSpan.FromMinutes(1);
}
