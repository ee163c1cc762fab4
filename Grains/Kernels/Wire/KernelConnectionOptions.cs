using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>Bounds and times of the connection to a kernel.</summary>
public sealed class KernelConnectionOptions
{
    /// <summary>A kernel must answer within this time of being connected to, else <c>Failed to start kernel process -- timeout</c> (spec 10 §4.4).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>So often is <c>kernel_info_request</c> repeated until the kernel answers and iopub is live.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan HandshakeInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest message of a kernel; a longer one is read past, and counted as missing.</summary>
    [Range(1024, 1_000_000_000)]
    public int MaxMessageBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>Most bytes of messages that wait to be taken; beyond it output is left out (<see cref="KernelMessageQueue"/>).</summary>
    [Range(1024, int.MaxValue)]
    public long MaxWaitingBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Time between a heartbeat's answer and the next heartbeat, while the kernel is watched.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>A kernel that doesn't answer a heartbeat within this time isn't responding.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>When one socket ends, the others are read for at most this time: a kernel that ends closes all of them, and its last words may be in any.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan EndGrace { get; set; } = TimeSpan.FromSeconds(1);
}
