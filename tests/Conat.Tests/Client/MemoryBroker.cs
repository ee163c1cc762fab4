using System.Threading.Channels;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Tests.Client;

/// <summary>A broker in memory whose answers a test scripts: the client's logic without a wire.</summary>
internal sealed class MemoryBroker : IConatTransport
{
    private readonly Lock _gate = new();
    private readonly List<Connection> _connections = [];
    private readonly List<(string Subject, TaskCompletionSource<bool> Found)> _waiting = [];
    private readonly List<string> _calls = [];

    /// <summary>Why something is refused; null for what is not.</summary>
    public Func<ConatInterest, ConatException?> Refuses { get; set; } = _ => null;

    /// <summary>Whether connections can be made.</summary>
    public bool IsUp { get; set; } = true;

    public long MaxPayload { get; set; } = 8_000_000;

    /// <summary>What clients asked, e.g. <c>subscribe a.b</c>.</summary>
    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_gate)
            {
                return [.. _calls];
            }
        }
    }

    public Task<IConatConnection> ConnectAsync(IConatReceiver receiver, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!IsUp)
            {
                throw new ConatException("connection refused");
            }

            var connection = new Connection(this, receiver);
            _connections.Add(connection);
            connection.Give(to => to.OnInfo(Info()));
            return Task.FromResult<IConatConnection>(connection);
        }
    }

    /// <summary>Gives all clients an info again.</summary>
    public void RepeatInfo()
    {
        lock (_gate)
        {
            _connections.ForEach(connection => connection.Give(to => to.OnInfo(Info())));
        }
    }

    /// <summary>Adds a subscription that no client wants.</summary>
    public void AddStale(string subject)
    {
        lock (_gate)
        {
            _connections.ForEach(connection => connection.Interests.Add(new ConatInterest(subject, "q")));
        }
    }

    /// <summary>Ends all connections.</summary>
    public void Drop()
    {
        List<Connection> connections;
        lock (_gate)
        {
            connections = [.. _connections];
        }

        connections.ForEach(connection => connection.End());
    }

    private ConatInfo Info() => new(MaxPayload, "0", null, new WireObject { ["project_id"] = "p" }.Build());

    private sealed class Connection : IConatConnection
    {
        private readonly MemoryBroker _broker;
        private readonly Channel<Action<IConatReceiver>> _deliveries = Channel.CreateUnbounded<Action<IConatReceiver>>();
        private readonly TaskCompletionSource<string> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Connection(MemoryBroker broker, IConatReceiver receiver)
        {
            _broker = broker;
            _ = Task.Run(async () =>
            {
                await foreach (var delivery in _deliveries.Reader.ReadAllAsync())
                {
                    delivery(receiver);
                }
            });
        }

        public List<ConatInterest> Interests { get; } = [];

        public Task<string> Completion => _completion.Task;

        public void Give(Action<IConatReceiver> delivery) => _deliveries.Writer.TryWrite(delivery);

        public void End()
        {
            lock (_broker._gate)
            {
                _broker._connections.Remove(this);
            }

            _deliveries.Writer.TryComplete();
            _completion.TrySetResult("transport close");
        }

        public ValueTask DisposeAsync()
        {
            End();
            return default;
        }

        public async Task SubscribeAsync(ConatInterest interest, TimeSpan timeout, CancellationToken cancellationToken)
        {
            await Task.Yield();
            if (Add(interest) is { } refusal)
            {
                throw refusal;
            }
        }

        public async Task<IReadOnlyList<ConatException?>> SubscribeAllAsync(IReadOnlyList<ConatInterest> interests, TimeSpan timeout, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return [.. interests.Select(Add)];
        }

        public void Subscribe(ConatInterest interest) => Add(interest);

        public void Unsubscribe(string subject)
        {
            lock (_broker._gate)
            {
                _broker._calls.Add($"unsubscribe {subject}");
                Interests.RemoveAll(interest => interest.Subject == subject);
            }
        }

        public async Task UnsubscribeAllAsync(IReadOnlyList<string> subjects, TimeSpan timeout, CancellationToken cancellationToken)
        {
            await Task.Yield();
            foreach (var subject in subjects)
            {
                Unsubscribe(subject);
            }
        }

        public async Task<IReadOnlyList<string>> SubscriptionsAsync(TimeSpan timeout, CancellationToken cancellationToken)
        {
            await Task.Yield();
            lock (_broker._gate)
            {
                _broker._calls.Add("subscriptions");
                return [.. Interests.Select(interest => interest.Subject)];
            }
        }

        public bool Publish(ConatChunk chunk)
        {
            Route(chunk);
            return true;
        }

        public Task<Task<long>> PublishAsync(ConatChunk chunk, TimeSpan timeout, CancellationToken cancellationToken) => Task.FromResult(Task.FromResult(Route(chunk)));

        public async Task<bool> WaitForInterestAsync(string subject, TimeSpan waitFor, TimeSpan timeout, CancellationToken cancellationToken)
        {
            var found = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_broker._gate)
            {
                _broker._calls.Add($"wait {subject}");
                if (_broker._connections.Any(connection => connection.Interests.Any(interest => Subjects.Matches(interest.Subject, subject))))
                {
                    return true;
                }

                _broker._waiting.Add((subject, found));
            }

            try
            {
                return waitFor > TimeSpan.Zero && await found.Task.WaitAsync(waitFor, cancellationToken);
            }
            catch (TimeoutException)
            {
                throw new ConatException("timeout - Error: operation has timed out", 408);
            }
        }

        private ConatException? Add(ConatInterest interest)
        {
            lock (_broker._gate)
            {
                _broker._calls.Add($"subscribe {interest.Subject}");
                if (_broker.Refuses(interest) is { } refusal)
                {
                    return refusal;
                }

                if (!Interests.Any(other => other.Subject == interest.Subject))
                {
                    Interests.Add(interest);
                }

                foreach (var (subject, found) in _broker._waiting.Where(wait => Subjects.Matches(interest.Subject, wait.Subject)))
                {
                    found.TrySetResult(true);
                }

                return null;
            }
        }

        private long Route(ConatChunk chunk)
        {
            lock (_broker._gate)
            {
                _broker._calls.Add($"publish {chunk.Subject}");
                var groups = _broker._connections
                    .SelectMany(connection => connection.Interests.Select(interest => (Connection: connection, Interest: interest)))
                    .Where(pair => Subjects.Matches(pair.Interest.Subject, chunk.Subject))
                    .GroupBy(pair => pair.Interest)
                    .Select(group => group.First())
                    .ToList();
                foreach (var (connection, interest) in groups)
                {
                    connection.Give(to => to.OnChunk(interest.Subject, chunk));
                }

                return groups.Count;
            }
        }
    }
}
