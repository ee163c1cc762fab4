using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Transports;

namespace ProjectSilo.Conat;

/// <summary>
/// A member of the bus (spec 05 §8). It connects again by itself for as long as it lives; subscriptions outlive connections, messages of the gap are lost. Nothing is queued
/// while it is not signed in: what confirms waits, what doesn't is lost. Thread-safe.
/// </summary>
/// <example><code>
/// await using var client = new ConatClient(new SocketIoTransport(new SocketIoOptions { Address = new Uri("http://localhost:5000") }));
/// await client.ConnectAsync(cancellationToken);
/// var answer = await client.RequestAsync("eval.double", 21, cancellationToken: cancellationToken);
/// </code></example>
public sealed partial class ConatClient : IAsyncDisposable
{
    private readonly IConatTransport _transport;
    private readonly ConatClientOptions _options;
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Guards <see cref="_session"/>, <see cref="_signedIn"/>, <see cref="_running"/> and <see cref="_subjects"/>.</summary>
    private readonly Lock _gate = new();
    private readonly MessageAssembler _assembler;
    private readonly PermissionMemory _denials;
    private Session? _session;

    /// <summary>The session that is signed in; a new one when that is lost.</summary>
    private TaskCompletionSource<Session> _signedIn = NewSignal();
    private Task? _running;
    private int _connections;
    private long _sentMessages;
    private long _sentBytes;
    private long _receivedMessages;
    private long _receivedBytes;
    private long _droppedMessages;
    private bool _wasSignedIn;

    /// <param name="transport">The way to the broker.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <exception cref="ArgumentException">The inbox's prefix doesn't begin with <c>_INBOX</c>.</exception>
    public ConatClient(IConatTransport transport, ConatClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        _transport = transport;
        _options = options ?? new ConatClientOptions();
        if (!_options.InboxPrefix.StartsWith("_INBOX", StringComparison.Ordinal) || !Subjects.IsPublishable(_options.InboxPrefix))
        {
            throw new ArgumentException("An inbox's prefix begins with _INBOX.", nameof(options));
        }

        _inbox = $"{_options.InboxPrefix}.{ConatId.New()}";
        _inboxInterest = new ConatInterest(_inbox + ".*", ConatId.New());
        _assembler = new MessageAssembler(_options.MaxPartialBytes, _options.PartialMessageAge, _options.Time);
        _denials = new PermissionMemory(_options.PermissionMemory, _options.MaxRememberedDenials, _options.Time);
    }

    /// <summary>Random, and the client's for its life.</summary>
    public string Id { get; } = ConatId.New();

    /// <summary>Where it stands now.</summary>
    public ConatState State
    {
        get
        {
            lock (_gate)
            {
                return _closing.IsCancellationRequested ? ConatState.Closed
                    : _session is null ? ConatState.Disconnected
                    : _signedIn.Task.IsCompletedSuccessfully ? ConatState.SignedIn
                    : ConatState.Connected;
            }
        }
    }

    /// <summary>What the broker said last about itself and us; null before.</summary>
    public ConatInfo? Info { get; private set; }

    /// <summary>What it did.</summary>
    public ConatStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                return new ConatStatistics(
                    _connections,
                    Interlocked.Read(ref _sentMessages),
                    Interlocked.Read(ref _sentBytes),
                    Interlocked.Read(ref _receivedMessages),
                    Interlocked.Read(ref _receivedBytes),
                    Interlocked.Read(ref _droppedMessages),
                    _assembler.DroppedChunks,
                    _subjects.Count + 1,
                    _replies.Count);
            }
        }
    }

    /// <summary>Begins to connect, if it has not begun; doesn't wait.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public void Start()
    {
        lock (_gate)
        {
            ThrowIfClosed();
            _running ??= Task.Run(RunAsync);
        }
    }

    /// <summary>Begins to connect and waits until signed in, for as long as it takes.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        Start();
        return WaitUntilSignedInAsync(cancellationToken);
    }

    /// <summary>Waits until signed in, for as long as it takes.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public Task WaitUntilSignedInAsync(CancellationToken cancellationToken = default) => SignedInAsync(cancellationToken);

    /// <summary>Unsubscribes from everything, says goodbye, and ends whatever waits.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? running;
        Session? session;
        lock (_gate)
        {
            running = _running;
            session = _session;
        }

        if (_closing.IsCancellationRequested)
        {
            return;
        }

        // The broker is told while there is a connection.
        EndSubscriptions(session?.Connection);
        await _closing.CancelAsync().ConfigureAwait(false);
        EndSubscriptions(null);
        EndRequests();
        lock (_gate)
        {
            _signedIn.TrySetException(Closed());
            // Nobody may wait for it.
            _ = _signedIn.Task.Exception;
        }

        if (running is not null)
        {
            await running.ConfigureAwait(false);
        }
    }

    /// <summary>Waits until signed in, for as long as it takes.</summary>
    /// <returns>A task that ends when that connection does.</returns>
    internal async Task<Task> NextLossAsync(CancellationToken cancellationToken) => (await SignedInAsync(cancellationToken).ConfigureAwait(false)).Lost.Task;

    internal void CountDropped() => Interlocked.Increment(ref _droppedMessages);

    private static TaskCompletionSource<Session> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static ConatException Closed() => new("closed");

    private void ThrowIfClosed()
    {
        if (_closing.IsCancellationRequested)
        {
            throw Closed();
        }
    }

    private void Log(string message, Exception? exception = null) => _options.Log?.Invoke(message, exception);

    private async Task<Session> SignedInAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<Session> signedIn;
            lock (_gate)
            {
                ThrowIfClosed();
                signedIn = _signedIn.Task;
            }

            var session = await signedIn.WaitAsync(cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                // It may have been lost since.
                if (ReferenceEquals(session, _session))
                {
                    return session;
                }
            }
        }
    }

    /// <summary>The session that is signed in; null if there is none now.</summary>
    private Session? TrySignedIn()
    {
        lock (_gate)
        {
            return _signedIn.Task.IsCompletedSuccessfully && !_closing.IsCancellationRequested ? _session : null;
        }
    }

    /// <summary>One connection, and what belongs to it alone.</summary>
    private sealed class Session(ConatClient client) : IConatReceiver
    {
        private IConatConnection? _connection;

        /// <summary>Set before anybody else sees the session.</summary>
        public IConatConnection Connection
        {
            get => _connection!;
            set => _connection = value;
        }

        /// <summary>Infos that came before <see cref="Connection"/> was set wait for it.</summary>
        public List<ConatInfo> EarlyInfos { get; } = [];

        public ConatException? Refusal { get; set; }

        /// <summary>Ends when the connection has.</summary>
        public TaskCompletionSource Lost { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource InboxReady { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Resync? Resync { get; set; }

        public bool HasConnection => _connection is not null;

        public void OnInfo(ConatInfo info) => client.OnInfo(this, info);

        public void OnPermissionDenied(ConatPermissionDenied denied) => client._denials.Remember(denied);

        public void OnChunk(string pattern, ConatChunk chunk) => client.OnChunk(pattern, chunk);

        public Task? Room(ReadOnlySpan<char> subject) => client.RoomForReplies(subject);
    }
}
