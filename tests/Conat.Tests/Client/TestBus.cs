using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Server.InProcess;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Tests;
using ProjectSilo.Tests.Broker;

namespace ProjectSilo.Conat.Tests.Client;

/// <summary>The real broker behind a transport that writes down what clients ask for, and that a test can cut.</summary>
internal sealed class TestBus : IConatTransport, IAsyncDisposable
{
    private readonly BrokerHost _host;
    private readonly IConatTransport _inner;

    /// <summary>Guards the two below.</summary>
    private readonly Lock _gate = new();
    private readonly List<Connection> _connections = [];
    private readonly List<string> _calls = [];

    private TestBus(BrokerHost host, IConatTransport inner) => (_host, _inner) = (host, inner);

    /// <summary>Whether connections can be made.</summary>
    public bool IsUp { get; set; } = true;

    public ConatBroker Broker => _host.Broker;

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

    public static async Task<TestBus> StartAsync(bool inProcess)
    {
        var host = await BrokerHost.StartAsync();
        return new TestBus(host, inProcess
            ? new InProcessTransport(host.Broker, ConatUser.Project(BrokerHost.ProjectId))
            : new SocketIoTransport(new SocketIoOptions { Address = host.Address, Cookie = () => new(BrokerHost.ProjectCookies) }));
    }

    /// <summary>Has the broker deny what the predicate says, from now on.</summary>
    public void Deny(Predicate<string> denies) => _host.Denies = denies;

    public async Task<IConatConnection> ConnectAsync(IConatReceiver receiver, CancellationToken cancellationToken)
    {
        if (!IsUp)
        {
            throw new ConatException("connection refused");
        }

        var connection = new Connection(this, receiver, await _inner.ConnectAsync(receiver, cancellationToken));
        lock (_gate)
        {
            _connections.Add(connection);
        }

        return connection;
    }

    /// <summary>Gives all clients an info again.</summary>
    public void RepeatInfo()
    {
        foreach (var connection in Connections())
        {
            connection.Receiver.OnInfo(new ConatInfo(8_000_000, "0", null, ConatUser.Project(BrokerHost.ProjectId).Value));
        }
    }

    /// <summary>Subscribes clients to what they don't know of.</summary>
    public async Task AddStaleAsync(string subject)
    {
        foreach (var connection in Connections())
        {
            await connection.Inner.SubscribeAsync(new ConatInterest(subject, "q"), Bounded.Limit, CancellationToken.None);
        }
    }

    /// <summary>Ends all connections.</summary>
    public async Task DropAsync()
    {
        foreach (var connection in Connections())
        {
            await connection.DisposeAsync();
        }
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private List<Connection> Connections()
    {
        lock (_gate)
        {
            return [.. _connections];
        }
    }

    private void Note(string call)
    {
        lock (_gate)
        {
            _calls.Add(call);
        }
    }

    private sealed class Connection(TestBus bus, IConatReceiver receiver, IConatConnection inner) : IConatConnection
    {
        public IConatReceiver Receiver => receiver;

        public IConatConnection Inner => inner;

        public Task<string> Completion => inner.Completion;

        public Task SubscribeAsync(ConatInterest interest, TimeSpan timeout, CancellationToken cancellationToken)
        {
            bus.Note($"subscribe {interest.Subject}");
            return inner.SubscribeAsync(interest, timeout, cancellationToken);
        }

        public Task<IReadOnlyList<ConatException?>> SubscribeAllAsync(IReadOnlyList<ConatInterest> interests, TimeSpan timeout, CancellationToken cancellationToken)
        {
            foreach (var interest in interests)
            {
                bus.Note($"subscribe {interest.Subject}");
            }

            return inner.SubscribeAllAsync(interests, timeout, cancellationToken);
        }

        public void Subscribe(ConatInterest interest)
        {
            bus.Note($"subscribe {interest.Subject}");
            inner.Subscribe(interest);
        }

        public void Unsubscribe(string subject)
        {
            bus.Note($"unsubscribe {subject}");
            inner.Unsubscribe(subject);
        }

        public Task UnsubscribeAllAsync(IReadOnlyList<string> subjects, TimeSpan timeout, CancellationToken cancellationToken)
        {
            foreach (var subject in subjects)
            {
                bus.Note($"unsubscribe {subject}");
            }

            return inner.UnsubscribeAllAsync(subjects, timeout, cancellationToken);
        }

        public Task<IReadOnlyList<string>> SubscriptionsAsync(TimeSpan timeout, CancellationToken cancellationToken)
        {
            bus.Note("subscriptions");
            return inner.SubscriptionsAsync(timeout, cancellationToken);
        }

        public bool Publish(ConatChunk chunk) => inner.Publish(chunk);

        public Task<Task<long>> PublishAsync(ConatChunk chunk, TimeSpan timeout, CancellationToken cancellationToken) => inner.PublishAsync(chunk, timeout, cancellationToken);

        public Task<bool> WaitForInterestAsync(string subject, TimeSpan waitFor, TimeSpan timeout, CancellationToken cancellationToken)
        {
            bus.Note($"wait {subject}");
            return inner.WaitForInterestAsync(subject, waitFor, timeout, cancellationToken);
        }

        public ValueTask DisposeAsync()
        {
            lock (bus._gate)
            {
                bus._connections.Remove(this);
            }

            return inner.DisposeAsync();
        }
    }
}
