namespace ProjectSilo.Silo.Logging;

/// <summary>Bounds of the log; configuration section <c>Log</c>.</summary>
internal sealed class LogOptions
{
    public const string Section = "Log";

    /// <summary>The log file is renamed to <c>log.1</c> when it has grown to this.</summary>
    public long MaxFileBytes { get; set; } = 20_000_000;

    /// <summary>Lines waiting to be written. When full, new lines are dropped and counted: a slow disk must not slow the daemon.</summary>
    public int QueueLines { get; set; } = 10_000;

    /// <summary>Whether every value makes sense.</summary>
    public bool IsValid() => MaxFileBytes > 0 && QueueLines > 0;
}
