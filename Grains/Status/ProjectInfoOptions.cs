using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Grains.Status;

/// <summary>How often the project is looked at (spec 14 §1); configuration section <c>ProjectInfo</c>.</summary>
public sealed class ProjectInfoOptions
{
    /// <summary>The pause between scans (<c>COCALC_PROJECT_INFO_SCAN_INTERVAL_S</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
    public TimeSpan ScanInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The pause while nobody is interested, if it is the longer one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
    public TimeSpan IdleScanInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Nobody is interested if nobody has asked for so long, and nothing is urgent.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan IdleAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long somebody who asks waits for the first scan, or for the one that ends a long pause; after that there is what was seen before, if anything.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The least time between two statuses that are not urgent (<c>COCALC_STATUS_UPDATES_INTERVAL_S</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan StatusInterval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>A condition is told when it has lasted for more than this.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan AlertDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Users are told of more than so many % of the memory, of the processors, or of one processor by one process.</summary>
    [Range(0.0, 100.0)]
    public double AlertPercent { get; set; } = 90;

    /// <summary>Users are told of less free MiB on the disk of HOME.</summary>
    [Range(0.0, 1e9)]
    public double AlertFreeMiB { get; set; } = 100;

    /// <summary>How long a notebook is watched after somebody asked for its usage.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan UsageWatch { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long its last usage is remembered after that was measured.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan UsageLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Most notebooks watched at once; one more gets nothing until another is forgotten.</summary>
    [Range(1, 1_000_000)]
    public int MaxUsages { get; set; } = 1_000;

    /// <summary>How long the file systems and the control group may take to answer; after that what they last said holds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan MachineTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often processes are made nicer (spec 14 §8), if they are.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan ReniceInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>An older scan is not what processes are made nicer by.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan ReniceMaxAge { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether processes are made nicer: <c>--kucalc</c> or <c>COCALC_PROJECT_AUTORENICE</c>.</summary>
    public bool AutoRenice { get; set; }

    /// <summary>Whether nobody pays for the project (spec 01 §8).</summary>
    public bool IsFreeProject { get; set; }
}
