using ProjectSilo.Conat.Persist;

namespace ProjectSilo.Conat.Server.Persist;

/// <summary>How streams are kept and served (spec 07 §1).</summary>
public sealed record PersistServerOptions
{
    /// <summary>The folder of all streams' files (<c>COCALC_SYNC</c>): <c>&lt;root&gt;/&lt;path&gt;.db</c>.</summary>
    public required string Root { get; init; }

    /// <summary>The folder of copies that replace older files when a stream is opened (<c>COCALC_SYNC_ARCHIVE</c>); null without.</summary>
    public string? ArchiveRoot { get; init; }

    /// <summary>An archive's copy is written at most so often while a stream changes (<c>COCALC_SYNC_ARCHIVE_INTERVAL</c>).</summary>
    public TimeSpan ArchiveInterval { get; init; } = TimeSpan.FromMilliseconds(30_000);

    /// <summary>The folder of copies that are written when a stream is closed, and never read (<c>COCALC_SYNC_BACKUP</c>); null without.</summary>
    public string? BackupRoot { get; init; }

    /// <summary>The service's name, the first token of its subjects.</summary>
    public string Service { get; init; } = PersistSubjects.DefaultService;

    /// <summary>The only scope that is served, e.g. <c>project-&lt;id&gt;</c>, for a client that may not subscribe for all; null serves all.</summary>
    public string? Scope { get; init; }

    /// <summary>This server's id.</summary>
    public string Id { get; init; } = "0";

    /// <summary>The ids of all servers, among which the load balancer chooses; null without a load balancer here.</summary>
    public IReadOnlyList<string>? Ids { get; init; } = ["0"];

    /// <summary>Most streams that the sockets of one scope have open; one more is refused, code 429.</summary>
    public int MaxOpenPerScope { get; init; } = 500;

    /// <summary>Most streams that all sockets have open, which is treated alike.</summary>
    public int MaxOpen { get; init; } = 10_000;

    /// <summary>Most files that are open while nobody uses them: with one more, the one that was used longest ago is closed. Its stream stays open.</summary>
    public int MaxOpenFiles { get; init; } = 64;

    /// <summary>A file that nobody has used for so long is closed.</summary>
    public TimeSpan FileIdleTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A part of the answer to <c>getAll</c>, and a frame of a change feed, ends with the message with which it has so many bytes.</summary>
    public long MaxBatchBytes { get; init; } = 20_000_000;

    /// <summary>It also ends with so many messages: they take memory beside their bytes.</summary>
    public int MaxBatchMessages { get; init; } = 100_000;

    /// <summary>The first event of a change feed is sent at once, those of the next so many milliseconds together.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>Most bytes of events that wait for that; with more the socket is closed, and its client comes back and catches up.</summary>
    public long MaxFeedBytes { get; init; } = 64_000_000;

    /// <summary>Requests of one socket that are carried out at once; further ones wait.</summary>
    public int MaxRequestsInFlight { get; init; } = 500;

    /// <summary>Bytes of one socket's requests that are carried out at once; one request always fits.</summary>
    public long MaxBytesInFlight { get; init; } = 64_000_000;

    /// <summary>Answers to <c>getAll</c> of more than one part that are composed at once; further ones wait after their first.</summary>
    public int MaxReadsAtOnce { get; init; } = 8;

    /// <summary>Threads that wait for the disk at once.</summary>
    public int MaxThreads { get; init; } = 4;

    /// <summary>A request waits so long for its socket's stream to be opened, if it doesn't say how long.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMilliseconds(30_000);

    /// <summary>The pause before a subscription that was refused is tried again.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(3_000);

    /// <summary>Runs work that blocks on a thread where that does no harm; null starts threads.</summary>
    public Func<Action, Task>? RunBlocking { get; init; }

    /// <summary>The clock; null is the system's.</summary>
    public TimeProvider? Time { get; init; }
}
