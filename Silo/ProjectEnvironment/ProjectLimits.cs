using System.Globalization;

namespace ProjectSilo.Silo.ProjectEnvironment;

/// <summary>The numbers that spec 01 §2.2 lets an operator set. One that doesn't parse, or is negative, falls back to its default.</summary>
internal sealed record ProjectLimits
{
    /// <summary>A larger number of the environment counts as this: enough for any of them, and within the range of all options.</summary>
    private const int Largest = 1_000_000_000;

    /// <summary><c>COCALC_PROJECT_MAX_FILE_SIZE_MB</c>: largest file sent over the hub connection.</summary>
    public long MaxFileSizeBytes { get; init; }

    /// <summary><c>COCALC_PROJECT_ASYNC_EXEC_CACHE_MAX</c>: jobs remembered.</summary>
    public int AsyncExecCacheMax { get; init; }

    public TimeSpan AsyncExecTtl { get; init; }

    public TimeSpan AsyncExecMonitorInterval { get; init; }

    public int AsyncExecMonitorStatsLengthMax { get; init; }

    /// <summary><c>COCALC_PROJECT_INFO_PROC_LIMIT</c>: most processes in one scan.</summary>
    public int ProcessInfoLimit { get; init; }

    /// <summary><c>COCALC_PROJECT_INFO_SCAN_INTERVAL_S</c>: the pause between scans; may have a fraction.</summary>
    public TimeSpan ProcessInfoInterval { get; init; }

    /// <summary><c>COCALC_STATUS_UPDATES_INTERVAL_S</c>: the least time between two statuses that are not urgent.</summary>
    public TimeSpan StatusInterval { get; init; }

    public TimeSpan ProcessScanTimeout { get; init; }

    public TimeSpan ProcessScanQueueTimeout { get; init; }

    /// <summary><c>COCALC_JUPYTER_POOL_SIZE</c>: 0 to 10; unlike the others, what is no number turns it off (spec 10 §3).</summary>
    public int JupyterPoolSize { get; init; }

    public TimeSpan JupyterPoolTimeout { get; init; }

    public TimeSpan JupyterPoolLaunchDelay { get; init; }

    /// <summary>File name in <see cref="JupyterPoolConfigDirectory"/>.</summary>
    public required string JupyterPoolConfigFilename { get; init; }

    public required string JupyterPoolConfigDirectory { get; init; }

    /// <summary>Bytes a second of the named server <c>jupyter</c>.</summary>
    public int NotebookIopubDataRateLimit { get; init; }

    /// <summary>Messages a second of the named server <c>jupyter</c>.</summary>
    public int NotebookIopubMessageRateLimit { get; init; }

    /// <summary>Bytes a second of the named server <c>jupyterlab</c>.</summary>
    public int LabIopubDataRateLimit { get; init; }

    /// <summary>Messages a second of the named server <c>jupyterlab</c>.</summary>
    public int LabIopubMessageRateLimit { get; init; }

    /// <summary><c>COCALC_JUPYTERLAB_RTC=true</c>: adds <c>--collaborative</c>.</summary>
    public bool LabRealTimeCollaboration { get; init; }

    public int TerminalHistoryBytes { get; init; }

    public int TerminalMaxBytesPerSecond { get; init; }

    public int TerminalMaxMessagesPerSecond { get; init; }

    public TimeSpan FileWatchPollInterval { get; init; }

    public TimeSpan FileWatchDebounce { get; init; }

    public static ProjectLimits Read(IReadOnlyDictionary<string, string> environment, string home)
    {
        int Number(string name, int fallback) =>
            int.TryParse(environment.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                ? value
                : fallback;
        TimeSpan Seconds(string name, int fallback) => TimeSpan.FromSeconds(Number(name, fallback));
        TimeSpan Milliseconds(string name, int fallback) => TimeSpan.FromMilliseconds(Number(name, fallback));
        TimeSpan Fraction(string name, double fallback) => TimeSpan.FromSeconds(
            double.TryParse(environment.GetValueOrDefault(name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
                ? Math.Min(value, Largest)
                : fallback);
        string Text(string name, string fallback) => environment.GetValueOrDefault(name) is { Length: > 0 } text ? text : fallback;

        return new ProjectLimits
        {
            MaxFileSizeBytes = Number("COCALC_PROJECT_MAX_FILE_SIZE_MB", 10) * 1_000_000L,
            AsyncExecCacheMax = Number("COCALC_PROJECT_ASYNC_EXEC_CACHE_MAX", 100),
            AsyncExecTtl = Seconds("COCALC_PROJECT_ASYNC_EXEC_TTL_S", 3600),
            AsyncExecMonitorInterval = Seconds("COCALC_PROJECT_ASYNC_EXEC_MONITOR_INTERVAL_S", 60),
            AsyncExecMonitorStatsLengthMax = Number("COCALC_PROJECT_ASYNC_EXEC_MONITOR_STATS_LENGTH_MAX", 100),
            ProcessInfoLimit = Number("COCALC_PROJECT_INFO_PROC_LIMIT", 1024),
            ProcessInfoInterval = Fraction("COCALC_PROJECT_INFO_SCAN_INTERVAL_S", 5),
            StatusInterval = Fraction("COCALC_STATUS_UPDATES_INTERVAL_S", 60),
            ProcessScanTimeout = Milliseconds("COCALC_PROJECT_INFO_PROC_SCAN_TIMEOUT_MS", 15_000),
            ProcessScanQueueTimeout = Milliseconds("COCALC_PROJECT_INFO_PROC_SCAN_QUEUE_TIMEOUT_MS", 60_000),
            JupyterPoolSize = PoolSize(environment.GetValueOrDefault("COCALC_JUPYTER_POOL_SIZE")),
            JupyterPoolTimeout = Seconds("COCALC_JUPYTER_POOL_TIMEOUT_S", 3600),
            JupyterPoolLaunchDelay = Milliseconds("COCALC_JUPYTER_POOL_LAUNCH_DELAY_MS", 7500),
            JupyterPoolConfigFilename = Text("COCALC_JUPYTER_POOL_CONFIG_FILENAME", "cocalc-jupyter-pool" + environment.GetValueOrDefault("COMPUTE_SERVER_ID")),
            JupyterPoolConfigDirectory = Text("COCALC_JUPYTER_POOL_CONFIG_DIR", Path.Join(home, ".config")),
            NotebookIopubDataRateLimit = Number("COCALC_JUPYTER_NOTEBOOK_iopub_data_rate_limit", 2_000_000),
            NotebookIopubMessageRateLimit = Number("COCALC_JUPYTER_NOTEBOOK_iopub_msg_rate_limit", 50),
            LabIopubDataRateLimit = Number("COCALC_JUPYTER_LAB_iopub_data_rate_limit", 2_000_000),
            LabIopubMessageRateLimit = Number("COCALC_JUPYTER_LAB_iopub_msg_rate_limit", 50),
            LabRealTimeCollaboration = environment.GetValueOrDefault("COCALC_JUPYTERLAB_RTC") == "true",
            TerminalHistoryBytes = Number("COCALC_TERMINAL_HISTORY_LIMIT_BYTES", 1_000_000),
            TerminalMaxBytesPerSecond = Number("COCALC_TERMINAL_MAX_BYTES_PER_SECOND", 1_000_000),
            TerminalMaxMessagesPerSecond = Number("COCALC_TERMINAL_MAX_MSGS_PER_SECOND", 24),
            FileWatchPollInterval = Milliseconds("COCALC_FS_WATCHER_POLL_INTERVAL_MS", 2000),
            FileWatchDebounce = Milliseconds("COCALC_FS_WATCH_DEBOUNCE_MS", 500),
        };
    }

    private static int PoolSize(string? text) => string.IsNullOrEmpty(text) ? 1 : double.TryParse(text, CultureInfo.InvariantCulture, out var size) && size > 0 ? (int)Math.Min(size, 10) : 0;
}
