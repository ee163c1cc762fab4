using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>The embedded broker; configuration section <c>Conat</c>. Each bound's section of the specification is that of its rule in spec 05.</summary>
public sealed class ConatBrokerOptions
{
    public const string Section = "Conat";

    /// <summary>The broker's name in <c>info.id</c>.</summary>
    [Required]
    public string Id { get; set; } = "0";

    /// <summary>Most bytes of one message of a WebSocket; a larger one ends the connection with code 1009.</summary>
    [Range(100_001, 1_000_000_000)]
    public int MaxPayloadBytes { get; set; } = 8_000_000;

    /// <summary>Most bytes of one packet with all its attachments.</summary>
    [Range(100_001, 2_000_000_000)]
    public int MaxPacketBytes { get; set; } = 32_000_000;

    /// <summary>Most JSON values in one packet that isn't a message: they take many times the memory of their bytes.</summary>
    [Range(1_000, 5_000_000)]
    public int MaxPacketValues { get; set; } = 200_000;

    /// <summary>Bytes that may wait for one connection. Beyond it the connection is dropped; publishers never wait.</summary>
    [Range(8_000_000, long.MaxValue)]
    public long MaxQueuedBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>While more bytes wait for a connection, acks of what is published to it wait too.</summary>
    [Range(0, long.MaxValue)]
    public long AckDelayBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Acks don't wait for a connection that has taken nothing for so long. Less than a client waits for an ack.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:25")]
    public TimeSpan AckDelayStall { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After opening and after each pong the broker waits so long until it pings.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromMilliseconds(25_000);

    /// <summary>A pong must come within.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromMilliseconds(20_000);

    /// <summary>After opening a client must have asked for its session within.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromMilliseconds(45_000);

    /// <summary>Most time that signing in may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:20")]
    public TimeSpan AuthenticationTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Who was refused hears why, and is disconnected after this.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan RefusalDelay { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>A peer has so long to answer the end of a WebSocket with its own.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The same when the broker itself ends: for all connections at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Most subjects that a connection of a project or account is subscribed to.</summary>
    [Range(1, 1_000_000)]
    public int MaxSubscriptionsPerClient { get; set; } = 500;

    /// <summary>The same of a hub.</summary>
    [Range(1, 1_000_000)]
    public int MaxSubscriptionsPerHub { get; set; } = 15_000;

    /// <summary>Most connections of one user.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnectionsPerUser { get; set; } = 100;

    /// <summary>Most signed-in connections.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Most WebSockets, signed in or not; further upgrades are answered with 503.</summary>
    [Range(1, 1_000_000)]
    public int MaxWebSockets { get; set; } = 20_000;

    /// <summary>Most characters of a subject.</summary>
    [Range(256, 65_536)]
    public int MaxSubjectLength { get; set; } = 4096;

    /// <summary>Most <c>wait-for-interest</c> of one connection that are unanswered.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaitsPerClient { get; set; } = 1_000;

    /// <summary>Of so many messages of one publisher the broker remembers at the same time which members got their first chunks.</summary>
    [Range(1, 10_000)]
    public int MaxChunkedMessagesPerClient { get; set; } = 64;

    /// <summary>And no longer than this.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ChunkedMessageTimeout { get; set; } = TimeSpan.FromMilliseconds(120_000);
}
