using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Grains.Commands;

/// <summary>Bounds and times of commands and jobs (spec 09 §1, spec 01 §2.2); configuration section <c>Commands</c>.</summary>
public sealed class CommandsOptions
{
    /// <summary>Most UTF-16 code units kept of a stream of a blocking call; also the upper bound of any <c>max_output</c>.</summary>
    [Range(1, 512 * 1024 * 1024)]
    public int MaxOutputCharacters { get; set; } = 64 * 1024 * 1024;

    /// <summary>The default of <c>max_output</c> for an asynchronous job, UTF-16 code units.</summary>
    [Range(1, 512 * 1024 * 1024)]
    public int MaxJobOutputCharacters { get; set; } = 1_048_576;

    /// <summary>Most blocking commands at once; one more fails.</summary>
    [Range(1, 100_000)]
    public int MaxRunningCommands { get; set; } = 1_000;

    /// <summary>Most jobs running at once; one more fails.</summary>
    [Range(1, 100_000)]
    public int MaxRunningJobs { get; set; } = 1_000;

    /// <summary>Job records kept (<c>COCALC_PROJECT_ASYNC_EXEC_CACHE_MAX</c>). Running jobs are never dropped.</summary>
    [Range(0, int.MaxValue)]
    public int MaxJobRecords { get; set; } = 100;

    /// <summary>How long a record outlives the last look at it (<c>COCALC_PROJECT_ASYNC_EXEC_TTL_S</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "20000.00:00:00")]
    public TimeSpan JobRecordLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Longest pause between samples of a job's statistics (<c>COCALC_PROJECT_ASYNC_EXEC_MONITOR_INTERVAL_S</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "20000.00:00:00")]
    public TimeSpan MaxStatisticsInterval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Samples kept of a job (<c>COCALC_PROJECT_ASYNC_EXEC_MONITOR_STATS_LENGTH_MAX</c>).</summary>
    [Range(0, int.MaxValue)]
    public int MaxStatisticsSamples { get; set; } = 100;

    /// <summary>How long the result of an aggregated call answers later equal calls, from its start.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan AggregateLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Most results of aggregated calls kept.</summary>
    [Range(1, 1_000_000)]
    public int MaxAggregateResults { get; set; } = 1_000;

    /// <summary>Output of a followed job is collected for so long before it is sent.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan FollowInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How much lighter than the daemon a session of a command is, as a nice value of its autogroup (sched(7)): 10 is a ninth of the
    /// usual share when others want the processor too, 19 a seventieth, 0 changes nothing. Has no effect where control groups divide the processors.
    /// </summary>
    [Range(0, 19)]
    public int AutogroupNice { get; set; } = 19;

    /// <summary>At shutdown: from SIGTERM to SIGKILL.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:30")]
    public TimeSpan StopGracePeriod { get; set; } = TimeSpan.FromMilliseconds(500);
}
