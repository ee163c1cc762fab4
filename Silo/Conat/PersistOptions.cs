using System.ComponentModel.DataAnnotations;
using ProjectSilo.Conat.Server.Persist;

namespace ProjectSilo.Silo.Conat;

/// <summary>How the daemon serves streams; configuration section <c>Persist</c>. Where they are: <see cref="ProjectEnvironment.SyncSettings"/>.</summary>
internal sealed class PersistOptions
{
    public const string Section = "Persist";

    /// <summary>
    /// Whether it serves them; by default standalone only. On the bus of a hub, which serves them itself, it must not; on one where nobody does, it serves this project's.
    /// </summary>
    public bool? Serve { get; set; }

    /// <summary>Most streams that the sockets of one user or project have open.</summary>
    [Range(1, 1_000_000)]
    public int MaxOpenPerScope { get; set; } = 500;

    /// <summary>Most streams that are open.</summary>
    [Range(1, 1_000_000)]
    public int MaxOpen { get; set; } = 10_000;

    /// <summary>Most files that are open while nobody uses them.</summary>
    [Range(1, 10_000)]
    public int MaxOpenFiles { get; set; } = 64;

    /// <summary>A file that nobody has used for so long is closed; its stream stays open.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan FileIdleTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Most bytes of one part of the answer to <c>getAll</c>, but for its last message.</summary>
    [Range(1_000, 1_000_000_000)]
    public long MaxBatchBytes { get; set; } = 20_000_000;

    /// <summary>Most bytes of events that wait for a reader, before that is closed.</summary>
    [Range(1_000, long.MaxValue)]
    public long MaxFeedBytes { get; set; } = 64_000_000;

    /// <summary>Most bytes of one socket's requests that are carried out at once.</summary>
    [Range(1_000, long.MaxValue)]
    public long MaxBytesInFlight { get; set; } = 64_000_000;

    /// <summary>The same as the server's options.</summary>
    /// <param name="sync">Where the streams are.</param>
    /// <param name="scope">The only scope served, or null.</param>
    /// <param name="runBlocking">Runs what waits for the disk.</param>
    /// <param name="time">The clock.</param>
    public PersistServerOptions ToServer(ProjectEnvironment.SyncSettings sync, string? scope, Func<Action, Task> runBlocking, TimeProvider time) => new()
    {
        Root = sync.Root,
        ArchiveRoot = sync.Archive,
        ArchiveInterval = sync.ArchiveInterval,
        BackupRoot = sync.Backup,
        Scope = scope,
        MaxOpenPerScope = MaxOpenPerScope,
        MaxOpen = MaxOpen,
        MaxOpenFiles = MaxOpenFiles,
        FileIdleTime = FileIdleTime,
        MaxBatchBytes = MaxBatchBytes,
        MaxFeedBytes = MaxFeedBytes,
        MaxBytesInFlight = MaxBytesInFlight,
        RunBlocking = runBlocking,
        Time = time,
    };
}
