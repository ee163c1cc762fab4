using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Grains.Native;

/// <summary>Bounds of <see cref="BlockingWork"/>; configuration section <c>BlockingWork</c>.</summary>
public sealed class BlockingWorkOptions
{
    /// <summary>Most threads at once, hung ones not counted. They start when needed and end when idle.</summary>
    [Range(1, 1024)]
    public int Threads { get; set; } = 16;

    /// <summary>Most threads that one caller may hold, hung ones not counted.</summary>
    [Range(1, 1024)]
    public int ThreadsPerCaller { get; set; } = 4;

    /// <summary>Most operations of one caller that wait; one more fails at once.</summary>
    [Range(1, 1_000_000)]
    public int QueueLengthPerCaller { get; set; } = 4_096;

    /// <summary>An operation that has run for so long counts as hung: it no longer takes part of anybody's share, and another thread may take its place.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan HungAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Most hung operations of all callers; beyond it they take part of the threads again.</summary>
    [Range(0, 10_000)]
    public int MaxHung { get; set; } = 256;

    /// <summary>Most hung operations of one caller; beyond it they take part of its share again, so that it can't use up those of all.</summary>
    [Range(0, 10_000)]
    public int MaxHungPerCaller { get; set; } = 32;

    /// <summary>How long a thread waits for more work before it ends.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan IdleThreadLifetime { get; set; } = TimeSpan.FromSeconds(20);
}
