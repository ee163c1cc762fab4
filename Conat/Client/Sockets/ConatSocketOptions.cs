namespace ProjectSilo.Conat.Sockets;

/// <summary>The policies of sockets (spec 06 §6). The defaults are those of CoCalc.</summary>
public sealed record ConatSocketOptions
{
    internal static ConatSocketOptions Default { get; } = new();

    /// <summary>A connector's or a listener's id; null is a fresh one for a connector, and <see cref="ConatClient.Id"/> for a listener.</summary>
    public string? Id { get; init; }

    /// <summary>Whether a connector that is disconnected connects again by itself.</summary>
    public bool Reconnection { get; init; } = true;

    /// <summary>Most messages written and not acknowledged; one more fails with <c>ENOBUFS</c>. Also most messages that may be missing on the way here.</summary>
    public int MaxQueueSize { get; init; } = 1_000;

    /// <summary>Most bytes of the messages written and not acknowledged; one message always fits.</summary>
    public long MaxQueueBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Most messages that have come and wait to be read. Further ones aren't acknowledged, so that the other end's queue fills.</summary>
    public int MaxUnreadMessages { get; init; } = 1_000;

    /// <summary>Most bytes that have come and wait to be read, which are treated alike.</summary>
    public long MaxUnreadBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Most requests that wait to be read; one more is answered with an error header, code 429.</summary>
    public int MaxWaitingRequests { get; init; } = 1_000;

    /// <summary>Most connections of a listener, those included that wait to be accepted. One more is refused, and its connector tries again.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>The pause after a pong before the next ping.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromMilliseconds(45_000);

    /// <summary>A pong must come within.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromMilliseconds(30_000);

    /// <summary>The pause of a connector that is disconnected before it connects again.</summary>
    public TimeSpan ReconnectDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the listener may take for each step of connecting, and for the answer to a close.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromMilliseconds(10_000);

    /// <summary>How long a listener waits for a new connector's interest.</summary>
    public TimeSpan InterestTimeout { get; init; } = TimeSpan.FromMilliseconds(5_000);

    /// <summary>
    /// How long the other end may take to answer an acknowledgement, or the first question for missing messages, before that counts as lost; and to acknowledge anything before
    /// the last message is sent again.
    /// </summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMilliseconds(3_000);

    /// <summary>The longest that a repeated question for missing messages is waited for.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMilliseconds(30_000);

    /// <summary>The first pause before something is repeated; it grows by 1.3 with each.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(650);

    /// <summary>The longest pause before a connect, or a question for missing messages, is repeated.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromMilliseconds(10_000);

    /// <summary>The longest pause before the last message is sent again.</summary>
    public TimeSpan MaxResendDelay { get; init; } = TimeSpan.FromMilliseconds(15_000);

    /// <summary>How long the last message is sent again and again after a loss.</summary>
    public TimeSpan ResendTime { get; init; } = TimeSpan.FromMilliseconds(120_000);

    /// <summary>Gives a connector the id of the listener to use, in place of the request to <c>S.server.status</c> (spec 05 §12.4).</summary>
    public Func<CancellationToken, Task<string>>? FindListener { get; init; }

    /// <summary>The clock; null is the client's.</summary>
    public TimeProvider? Time { get; init; }
}
