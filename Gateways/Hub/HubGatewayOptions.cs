using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Gateways.Hub;

/// <summary>Bounds and times of hub connections (spec 02); configuration section <c>Hub</c>.</summary>
public sealed class HubGatewayOptions
{
    /// <summary>From accept until the whole token has come.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan UnlockTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most connections that have not sent the token yet; beyond it the one that has waited longest is closed.</summary>
    [Range(1, 1_000_000)]
    public int MaxLockedConnections { get; set; } = 64;

    /// <summary>Most bytes of type and payload of a frame; a longer one closes the connection.</summary>
    [Range(1, int.MaxValue)]
    public long MaxFrameBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>Most requests of a connection being handled; one more is answered with an error.</summary>
    [Range(1, 1_000_000)]
    public int MaxRequestsInFlight { get; set; } = 1_000;

    /// <summary>Most bytes of answers that wait to be read by the hub; beyond it the connection is closed. One larger answer alone is let through.</summary>
    [Range(1, int.MaxValue)]
    public long MaxOutgoingBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>A hub that takes nothing for so long while answers wait is closed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan WriteStallTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often it is checked that heartbeats come; also the most that may pass without one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan HeartbeatCheckInterval { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>How long the daemon waits for a hub's answer to its own calls.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request waits for the blob that it announced.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan BlobTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Most requests of a connection that wait for a blob; one more is answered with an error.</summary>
    [Range(1, 1_000_000)]
    public int MaxAwaitedBlobs { get; set; } = 1_000;

    /// <summary>Most files read for a connection at once, from the start of the read until the hub has taken the file; more wait.</summary>
    [Range(1, 10_000)]
    public int MaxFileReads { get; set; } = 16;

    /// <summary>A file, or an archive of a folder, that has not been read by then is given up.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan FileReadTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>An answer of more bytes is large: such are sent one after another and don't count as waiting.</summary>
    [Range(1, int.MaxValue)]
    public long LargeAnswerBytes { get; set; } = 1024 * 1024;

    /// <summary>Most bytes of large answers that wait for the one being sent; beyond it the connection is closed.</summary>
    [Range(1, long.MaxValue)]
    public long MaxLargeAnswersBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>The pause between two looks at the public paths (spec 01 §13).</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "24.00:00:00")]
    public TimeSpan PublicPathInterval { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Most public paths looked at; further ones are left out.</summary>
    [Range(1, 1_000_000)]
    public int MaxPublicPaths { get; set; } = 10_000;
}
