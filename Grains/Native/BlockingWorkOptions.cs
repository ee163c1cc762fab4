using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Grains.Native;

/// <summary>Bounds of <see cref="BlockingWork"/>; configuration section <c>BlockingWork</c>.</summary>
public sealed class BlockingWorkOptions
{
    /// <summary>Most threads at once. They start when needed and end when idle.</summary>
    [Range(1, 1024)]
    public int Threads { get; set; } = 16;

    /// <summary>Most threads that one caller may hold, so that a hung mount stops only who touches it.</summary>
    [Range(1, 1024)]
    public int ThreadsPerCaller { get; set; } = 4;

    /// <summary>Most operations of one caller that wait; one more fails at once.</summary>
    [Range(1, 1_000_000)]
    public int QueueLengthPerCaller { get; set; } = 4_096;

    /// <summary>How long a thread waits for more work before it ends.</summary>
    public TimeSpan IdleThreadLifetime { get; set; } = TimeSpan.FromSeconds(20);
}
