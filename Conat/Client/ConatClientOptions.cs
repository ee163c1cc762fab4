using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat;

/// <summary>The client's policies (spec 05 §1.5, §5.3, §8). The defaults are those of CoCalc.</summary>
public sealed record ConatClientOptions
{
    /// <summary>Begins with <c>_INBOX</c>; a broker lets a project have only <see cref="ConatNames.ProjectInbox"/>.</summary>
    public string InboxPrefix { get; init; } = "_INBOX";

    /// <summary>The pause before the first try to connect again; it doubles with each, and is up to half longer or shorter.</summary>
    public TimeSpan FirstReconnectDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause between tries to connect.</summary>
    public TimeSpan MaxReconnectDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The pause after the broker has first refused us; it doubles with each.</summary>
    public TimeSpan FirstRefusedDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause after a refusal.</summary>
    public TimeSpan MaxRefusedDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a publish or request may take if it doesn't say.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the broker may take to confirm a subscription.</summary>
    public TimeSpan SubscribeTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the broker may take for each step of comparing subscriptions.</summary>
    public TimeSpan ResyncTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Subscriptions are compared with the broker's so long after the first sign-in; after later ones at once.</summary>
    public TimeSpan FirstResyncDelay { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The first pause between tries of what the broker keeps refusing; it grows by a half with each.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(1300);

    /// <summary>The longest pause between such tries.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest wait for interest.</summary>
    public TimeSpan MaxInterestWait { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How long a denial is remembered: meanwhile the same fails here, and nothing is sent.</summary>
    public TimeSpan PermissionMemory { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Most denials remembered.</summary>
    public int MaxRememberedDenials { get; init; } = 1_000;

    /// <summary>Messages of which not all chunks have come are dropped after this.</summary>
    public TimeSpan PartialMessageAge { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Most bytes of such messages, all together.</summary>
    public long MaxPartialBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Most bytes of replies of one request that wait to be read; one reply always fits. Beyond it the request fails with code 429.</summary>
    public long MaxWaitingReplyBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>With more of them the sender is held up before that, if the transport can do that: acks to it wait.</summary>
    public long ReplyAckDelayBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>A reader of replies that takes none for so long isn't waited for any more. Less than the sender waits for an ack.</summary>
    public TimeSpan ReplyAckDelayStall { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most requests that wait for a reply; one more fails with code 429.</summary>
    public int MaxPendingRequests { get; init; } = 10_000;

    /// <summary>Gets what nobody else does: connections lost, replies that failed. Never a secret.</summary>
    public Action<string, Exception?>? Log { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
