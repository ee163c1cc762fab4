using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Grains.Native;

/// <summary>Bounds of a scan of all processes (spec 14 §1); configuration section <c>ProcessScan</c>.</summary>
public sealed class ProcessScanOptions
{
    /// <summary>Most processes looked at (<c>COCALC_PROJECT_INFO_PROC_LIMIT</c>): those with the lowest numbers.</summary>
    [Range(0, int.MaxValue)]
    public int MaxProcesses { get; set; } = 1_024;

    /// <summary>How long it may take (<c>COCALC_PROJECT_INFO_PROC_SCAN_TIMEOUT_MS</c>); then it fails.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan ScanTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long somebody waits for one (<c>COCALC_PROJECT_INFO_PROC_SCAN_QUEUE_TIMEOUT_MS</c>), also for one that hangs in the kernel.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromSeconds(60);
}
