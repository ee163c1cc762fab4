using System.Globalization;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// One signed-in peer, whatever carries it: its subscriptions, its publishing, its waiting (spec 05 §6). Calls come one after the other, but for
/// <see cref="Close"/> and reading the statistics.
/// </summary>
internal sealed class BrokerSession
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(90_000);

    private readonly ConatBroker _broker;
    private readonly IMessageReceiver _receiver;
    private readonly ChunkRoutes _chunks;
    private readonly List<PatternInterest> _matches = [];

    /// <summary>Protects the subscriptions, the waits and whether the session is closed.</summary>
    private readonly Lock _gate = new();
    private readonly OrderedDictionary<string, string> _queues = new(StringComparer.Ordinal);
    private readonly HashSet<Wait> _waits = [];
    private bool _isClosed;

    public BrokerSession(ConatBroker broker, string id, ConatUser user, string address, IMessageReceiver receiver)
    {
        (_broker, Id, User, _receiver) = (broker, id, user, receiver);
        var options = broker.Options;
        _chunks = new ChunkRoutes(options.MaxChunkedMessagesPerClient, options.ChunkedMessageTimeout, broker.Time);
        Counters = new SessionCounters(address, broker.Time);
    }

    /// <summary>The socket id, as statistics name it.</summary>
    public string Id { get; }

    public ConatUser User { get; }

    /// <summary>Whether it is this process' own, which counts as no connection.</summary>
    public bool IsOwn { get; init; }

    public SessionCounters Counters { get; }

    /// <summary>The subjects in the order in which they were subscribed to.</summary>
    public string[] Subscriptions
    {
        get
        {
            lock (_gate)
            {
                return [.. _queues.Keys];
            }
        }
    }

    /// <summary>Subscribes; from its return on messages come.</summary>
    public async ValueTask<SubscribeOutcome> SubscribeAsync(string? subject, string? queue, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (subject is not null && _queues.ContainsKey(subject))
            {
                return new SubscribeOutcome(null, IsAlreadyAdded: true);
            }
        }

        if (queue is null)
        {
            return new SubscribeOutcome(BrokerError.QueueMissing);
        }

        if (subject is null || subject.Length > _broker.Options.MaxSubjectLength || queue.Length > _broker.Options.MaxSubjectLength || !Subjects.IsValid(subject))
        {
            return new SubscribeOutcome(BrokerError.InvalidSubject);
        }

        if (!await _broker.Permissions.IsAllowedAsync(User, subject.AsMemory(), ConatAccess.Subscribe, cancellationToken).ConfigureAwait(false))
        {
            return new SubscribeOutcome(new BrokerError($"permission denied subscribing to '{subject}' from {User.Json}", BrokerError.Denied));
        }

        lock (_gate)
        {
            var max = User.Kind == ConatUserKind.Hub ? _broker.Options.MaxSubscriptionsPerHub : _broker.Options.MaxSubscriptionsPerClient;
            if (_queues.Count >= max)
            {
                var text = string.Create(CultureInfo.InvariantCulture,
                    $"there is a limit of at most {max} subscriptions and you currently have {_queues.Count} subscriptions -- subscription to '{subject}' denied");
                return new SubscribeOutcome(new BrokerError(text, BrokerError.LimitReached));
            }

            if (_isClosed)
            {
                return new SubscribeOutcome(new BrokerError("closed"));
            }

            _queues[subject] = queue;
            return new SubscribeOutcome(null, IsNewPattern: _broker.Interest.Add(subject, queue, _receiver));
        }
    }

    /// <summary>Ends a subscription; nothing happens if there is none.</summary>
    public void Unsubscribe(string subject)
    {
        lock (_gate)
        {
            if (_queues.Remove(subject, out var queue))
            {
                _broker.Interest.Remove(subject, queue, _receiver);
            }
        }
    }

    /// <summary>Sends one chunk to a member of each queue group of each pattern that matches.</summary>
    public async ValueTask<PublishOutcome> PublishAsync(RoutedMessage message, CancellationToken cancellationToken)
    {
        if (message.Subject.Length > _broker.Options.MaxSubjectLength || !Subjects.IsPublishable(message.Subject.Span))
        {
            return new PublishOutcome(0, BrokerError.InvalidSubject);
        }

        if (!await _broker.Permissions.IsAllowedAsync(User, message.Subject, ConatAccess.Publish, cancellationToken).ConfigureAwait(false))
        {
            return new PublishOutcome(0, new BrokerError($"permission denied publishing to '{message.Subject.Span}' from {User.Json}", BrokerError.Denied));
        }

        Counters.Published(message);
        _broker.Interest.Match(message.Subject.Span, _matches);
        var outcome = Route(message);
        _matches.Clear();
        return outcome;
    }

    /// <summary>Tells when somebody is subscribed, at once or later (spec 05 §6.1).</summary>
    /// <param name="subject">What for.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="answer">Called at most once, possibly before this returns; never after the session ended.</param>
    /// <param name="cancellationToken">The end of the connection.</param>
    public async ValueTask WaitForInterestAsync(string? subject, TimeSpan timeout, Action<InterestOutcome> answer, CancellationToken cancellationToken)
    {
        if (subject is null || subject.Length > _broker.Options.MaxSubjectLength || !Subjects.IsPublishable(subject))
        {
            answer(new InterestOutcome(false, BrokerError.InvalidSubject));
            return;
        }

        if (!await _broker.Permissions.IsAllowedAsync(User, subject.AsMemory(), ConatAccess.Publish, cancellationToken).ConfigureAwait(false))
        {
            answer(new InterestOutcome(false, new BrokerError($"permission denied waiting for interest in '{subject}' from {User.Json}", BrokerError.Denied)));
            return;
        }

        if (timeout <= TimeSpan.Zero || _broker.Interest.HasInterest(subject))
        {
            answer(new InterestOutcome(_broker.Interest.HasInterest(subject)));
            return;
        }

        var wait = new Wait(this, answer);
        if (Begin(wait) is { } error)
        {
            answer(new InterestOutcome(false, error));
            return;
        }

        var waiter = _broker.Waiters.Add(subject, timeout < MaxWait ? timeout : MaxWait, wait.Finish);
        lock (_gate)
        {
            wait.Waiter = waiter;
            if (!_isClosed)
            {
                return;
            }
        }

        // The session ended meanwhile, and nobody else knows of the waiter.
        waiter.Dispose();
    }

    /// <summary>Ends all subscriptions and waits.</summary>
    public void Close()
    {
        Wait[] waits;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            foreach (var (subject, queue) in _queues)
            {
                _broker.Interest.Remove(subject, queue, _receiver);
            }

            _queues.Clear();
            waits = [.. _waits];
            _waits.Clear();
        }

        foreach (var wait in waits)
        {
            wait.Waiter?.Dispose();
        }

        _broker.Remove(this);
    }

    private PublishOutcome Route(RoutedMessage message)
    {
        foreach (var interest in _matches)
        {
            if (interest.IsReserved)
            {
                return new PublishOutcome(0, new BrokerError($"\"{interest.Pattern}\" is a reserved event name"));
            }
        }

        var count = 0;
        Task? room = null;
        foreach (var interest in _matches)
        {
            foreach (var group in interest.Groups)
            {
                var member = message.ChunkedId.Length == 0
                    ? group.Choose(_broker.Random)
                    : _chunks.Choose(message.ChunkedId, interest, group, _broker.Random);
                member.Deliver(message, interest);
                room = Both(room, member.Room(message));
                count += interest.IsSilent ? 0 : 1;
            }
        }

        if (message.ChunkedId.Length > 0 && message.IsDone)
        {
            _chunks.End(message.ChunkedId);
        }

        return new PublishOutcome(count, Room: room);
    }

    private static Task? Both(Task? room, Task? other) => room is null ? other : other is null || other == room ? room : Task.WhenAll(room, other);

    private BrokerError? Begin(Wait wait)
    {
        lock (_gate)
        {
            if (_waits.Count >= _broker.Options.MaxWaitsPerClient)
            {
                return new BrokerError("too many waits for interest", BrokerError.LimitReached);
            }

            _waits.Add(wait);
            return null;
        }
    }

    private sealed class Wait(BrokerSession owner, Action<InterestOutcome> answer)
    {
        public IDisposable? Waiter { get; set; }

        public void Finish(bool hasInterest)
        {
            lock (owner._gate)
            {
                if (!owner._waits.Remove(this))
                {
                    return;
                }
            }

            answer(new InterestOutcome(hasInterest, hasInterest ? null : BrokerError.Timeout));
        }
    }
}
