using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Sockets;

/// <summary>
/// Listens for sockets (spec 06 §6.5). Read the new connections as an <see cref="IAsyncEnumerable{T}"/>. Messages of one connection are handled in order, those of different
/// ones independently. Made by <see cref="ConatClient.ListenSocketAsync"/>.
/// </summary>
public sealed partial class ConatSocketListener : IAsyncEnumerable<ConatSocketConnection>, IAsyncDisposable
{
    /// <summary>A connector of which nothing was heard for so many keep-alives is gone.</summary>
    private const double SilentKeepAlives = 2.5;

    private readonly ConatClient _client;
    private readonly ConatSocketOptions _options;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The connections by their connector's subject.</summary>
    private readonly ConcurrentDictionary<string, ConatSocketConnection> _connections = new(StringComparer.Ordinal);

    /// <summary>Those that wait to be accepted. Full, it refuses.</summary>
    private readonly Channel<ConatSocketConnection> _accepting;

    /// <summary>Whether our own connection to the broker is there; without it silence tells nothing.</summary>
    private volatile bool _isUp;

    internal ConatSocketListener(ConatClient client, string subject, ConatSocketOptions options)
    {
        (_client, Subject, _options, _time) = (client, subject, options, options.Time ?? client.Time);
        Id = options.Id ?? client.Id;
        if (!SocketWire.IsId(Id))
        {
            throw new ConatException("a listener's id is one token");
        }

        if (!Subjects.IsValid(SocketWire.StatusSubject(subject)))
        {
            throw new ConatException("Error: invalid subject");
        }

        _accepting = System.Threading.Channels.Channel.CreateBounded<ConatSocketConnection>(options.MaxConnections);
        // An unobserved failure to start is that of its completion.
        _ = _started.Task.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        Completion = Task.Run(RunAsync);
    }

    /// <summary>Its subject or pattern.</summary>
    public string Subject { get; }

    /// <summary>Its id, which connectors keep to.</summary>
    public string Id { get; }

    /// <summary>The connections there are.</summary>
    public ImmutableArray<ConatSocketConnection> Connections => [.. _connections.Values.Where(connection => connection.State == ConatSocketState.Ready)];

    /// <summary>Ends with the listener; fails if the broker refuses it.</summary>
    public Task Completion { get; }

    /// <summary>Ends when connectors can come; fails if the broker refuses it.</summary>
    internal Task Started => _started.Task;

    /// <summary>The new connections, until the listener ends. Each is ready.</summary>
    public IAsyncEnumerator<ConatSocketConnection> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        _accepting.Reader.ReadAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);

    /// <summary>An independent listener on the subject <c>S.name</c>.</summary>
    public ConatSocketListener Channel(string name) => _client.ListenSocket($"{Subject}.{name}", _options);

    /// <summary>Closes all connections, tells their connectors, and then listens no more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    internal void Remove(ConatSocketConnection connection) => _connections.TryRemove(KeyValuePair.Create(connection.ClientSubject, connection));

    private async Task RunAsync()
    {
        try
        {
            using var status = await SubscribeAsync(SocketWire.StatusSubject(Subject)).ConfigureAwait(false);
            using var data = await SubscribeAsync(SocketWire.ServerSubject(Subject, Id, Subjects.AnyToken)).ConfigureAwait(false);
            _started.TrySetResult();
            try
            {
                using var ending = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
                Task[] running = [AnswerStatusAsync(status, ending.Token), ReceiveAsync(data, ending.Token), SweepAsync(ending.Token), WatchAsync(ending.Token)];
                var first = await Task.WhenAny(running).ConfigureAwait(false);
                await ending.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await first.ConfigureAwait(false);
            }
            finally
            {
                // Before it unsubscribes.
                CloseAll();
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // It is disposed.
        }
        catch (Exception exception)
        {
            _started.TrySetException(exception);
            throw;
        }
        finally
        {
            _started.TrySetCanceled();
            _accepting.Writer.TryComplete();
        }
    }

    /// <summary>Subscribes; a connection that is lost meanwhile is no reason to give up.</summary>
    private async Task<ConatSubscription> SubscribeAsync(string subject)
    {
        while (true)
        {
            try
            {
                return await _client.SubscribeAsync(subject, null, _closing.Token).ConfigureAwait(false);
            }
            catch (ConatException exception) when (exception.Code is null or "408" && _client.State != ConatState.Closed)
            {
                _client.LogFailure($"the listener '{Subject}' can't subscribe now", exception);
                await Task.Delay(_options.FirstRetryDelay, _time, _closing.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task AnswerStatusAsync(ConatSubscription status, CancellationToken cancellationToken)
    {
        var answer = new WireObject { ["id"] = Id }.Build();
        await foreach (var message in status.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            Guarded(() => _client.Respond(message, answer));
        }
    }

    private async Task ReceiveAsync(ConatSubscription data, CancellationToken cancellationToken)
    {
        await foreach (var message in data.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            Guarded(() => Receive(message));
        }
    }

    /// <summary>Hands a message to its connection, and never waits.</summary>
    private void Receive(ConatMessage message)
    {
        var clientSubject = ConatNames.ClientSubject(message.Subject);
        if (_connections.TryGetValue(clientSubject, out var connection))
        {
            connection.Accept(message);
            return;
        }

        switch (message.Header(ConatHeaders.SocketCommand).AsText())
        {
            case SocketWire.Connect:
                Open(clientSubject, message);
                break;
            case SocketWire.Close:
                break;
            default:
                // Whoever it is believes to be connected.
                _client.Publish(clientSubject, WireValue.Null, new PublishOptions { Headers = SocketWire.Command(SocketWire.Close) });
                break;
        }
    }

    private void Open(string clientSubject, ConatMessage message)
    {
        if (_connections.Count >= _options.MaxConnections)
        {
            _client.Respond(message, new WireObject { ["error"] = "too many connections" }.Build());
            return;
        }

        // S.server.L.C
        var tokens = message.Subject.Split(Subjects.Separator);
        var connection = new ConatSocketConnection(this, _client, string.Join(Subjects.Separator, tokens[..^3]), tokens[^1], _options);
        _connections[clientSubject] = connection;
        _ = Task.Run(() => connection.OpenAsync(message, _accepting.Writer.TryWrite));
    }

    /// <summary>One message's failure is nobody else's.</summary>
    private void Guarded(Action handle)
    {
        try
        {
            handle();
        }
        catch (Exception exception)
        {
            // The edge of a message: a reply subject that is none, for example.
            _client.LogFailure($"a message to the listener '{Subject}' can't be handled", exception);
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(_options.KeepAlive, _time, cancellationToken).ConfigureAwait(false);
            foreach (var connection in _connections.Values)
            {
                if (_isUp && connection.Silence > _options.KeepAlive * SilentKeepAlives)
                {
                    connection.Close();
                }
            }
        }
    }

    /// <summary>Has the connections go on whenever our own connection to the broker is there again.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var lost = await _client.NextLossAsync(cancellationToken).ConfigureAwait(false);
            foreach (var connection in _connections.Values)
            {
                connection.Resume();
            }

            _isUp = true;
            await lost.WaitAsync(cancellationToken).ConfigureAwait(false);
            _isUp = false;
        }
    }

    private void CloseAll()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Close();
        }
    }
}
