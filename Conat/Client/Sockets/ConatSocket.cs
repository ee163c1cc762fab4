using System.Threading.Channels;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Sockets;

/// <summary>
/// One end of a socket (spec 06 §6): an ordered stream of messages in both directions that outlives lost connections, and requests beside it. Read it as an
/// <see cref="IAsyncEnumerable{T}"/>; that ends when the socket does. Thread-safe; several readers share the messages.
/// </summary>
public abstract partial class ConatSocket : IAsyncEnumerable<ConatMessage>, IAsyncDisposable
{
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _closed = NewSignal();

    /// <summary>Guards the state and all of both halves; messages are published within it, so that they leave in their order.</summary>
    private readonly Lock _gate = new();

    /// <summary>Bounded by <see cref="_waitingRequests"/>.</summary>
    private readonly Channel<ConatMessage> _requests = Channel.CreateUnbounded<ConatMessage>();
    private TaskCompletionSource _ready = NewSignal();
    private ConatSocketState _state;
    private string? _target;
    private int _waitingRequests;

    private protected ConatSocket(ConatClient client, string subject, string id, ConatSocketOptions options)
    {
        Client = client;
        Subject = subject;
        Id = id;
        Options = options;
        Time = options.Time ?? client.Time;
        _sender = new SocketSender(options.MaxQueueSize, options.MaxQueueBytes);
        _receiver = new SocketReceiver(options.MaxQueueSize, options.MaxUnreadBytes);
    }

    /// <summary>Happens after each change of <see cref="State"/>, one after the other. A handler must be quick.</summary>
    public event Action<ConatSocketState>? StateChanged;

    /// <summary>The socket's subject, without wildcards: it tells a listener who connects.</summary>
    public string Subject { get; }

    /// <summary>The connector's id.</summary>
    public string Id { get; }

    /// <summary>Where it stands now.</summary>
    public ConatSocketState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    /// <summary>Ends when the socket is closed for good, by whomever.</summary>
    public Task Completion => _closed.Task;

    private protected ConatClient Client { get; }

    private protected ConatSocketOptions Options { get; }

    private protected TimeProvider Time { get; }

    private protected CancellationToken Closing => _closing.Token;

    private protected string ClientSubject => SocketWire.ClientSubject(Subject, Id);

    /// <summary>Sends a request to the other end and waits for its answer, first for the socket to be ready.</summary>
    /// <exception cref="ConatException"><c>closed</c>, code <c>EPIPE</c>; and as of requests.</exception>
    public async Task<ConatMessage> RequestAsync(WireValue data, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= PublishOptions.Default;
        var (target, left) = await ReadyAsync(options.Timeout ?? Client.RequestTimeout, cancellationToken).ConfigureAwait(false);
        return await Client.RequestAsync(target, data, options with { Timeout = left }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request to the other end and yields all answers, as <see cref="ConatClient.RequestManyAsync"/> does.</summary>
    /// <exception cref="ConatException"><c>closed</c>, code <c>EPIPE</c>; and as of requests.</exception>
    public async IAsyncEnumerable<ConatMessage> RequestManyAsync(
        WireValue data,
        PublishOptions? options = null,
        TimeSpan? maxWait = null,
        int? maxMessages = null,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        options ??= PublishOptions.Default;
        var (target, left) = await ReadyAsync(options.Timeout ?? Client.RequestTimeout, cancellationToken).ConfigureAwait(false);
        var replies = Client.RequestManyAsync(target, data, options with { Timeout = left }, maxWait, maxMessages, cancellationToken);
        await foreach (var reply in replies.ConfigureAwait(false))
        {
            yield return reply;
        }
    }

    /// <summary>The other end's requests, until the socket is closed. Each is answered with <see cref="RespondAsync"/>.</summary>
    public async IAsyncEnumerable<ConatMessage> ReadRequestsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await _requests.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_requests.Reader.TryRead(out var request))
            {
                Interlocked.Decrement(ref _waitingRequests);
                yield return request;
            }
        }
    }

    /// <summary>Answers one of the other end's requests.</summary>
    /// <inheritdoc cref="ConatClient.RespondAsync"/>
    public Task<PublishResult> RespondAsync(ConatMessage request, WireValue data, PublishOptions? options = null, CancellationToken cancellationToken = default) =>
        Client.RespondAsync(request, data, options, cancellationToken);

    /// <summary>Closes it for good and tells the other end, without waiting for that. What isn't acknowledged may be lost: <see cref="DrainAsync"/> before waits for it.</summary>
    public abstract void Close();

    /// <summary>Closes it, and waits for the end of what runs for it.</summary>
    public abstract ValueTask DisposeAsync();

    private protected static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private protected static ConatException ClosedError() => new("closed", "EPIPE");

    /// <summary>The next pause.</summary>
    private protected static TimeSpan Grow(TimeSpan delay, TimeSpan max) => delay * 1.3 < max ? delay * 1.3 : max;

    /// <summary>Sends a command to the other end.</summary>
    private protected Task<ConatMessage> CommandAsync(
        string target, string command, WireValue data, TimeSpan timeout, CancellationToken cancellationToken, string? id = null, bool waitForInterest = false) =>
        Client.RequestAsync(
            target, data, new PublishOptions { Headers = SocketWire.Command(command, id), Timeout = timeout, WaitForInterest = waitForInterest }, cancellationToken);

    /// <summary>Handles a message of the other end: a command, a request or data. Called one after the other, and never waits.</summary>
    internal void Receive(ConatMessage message)
    {
        if (message.Header(ConatHeaders.SocketCommand) is WireValue.Nothing)
        {
            if (message.Reply is null)
            {
                ReceiveData(message);
            }
            else
            {
                ReceiveRequest(message);
            }

            return;
        }

        var command = message.Header(ConatHeaders.SocketCommand).Show();
        if (command == SocketWire.Socket)
        {
            ReceiveSocketCommand(message);
        }
        else if (!TryReceiveCommand(command, message))
        {
            Answer(message, new WireObject { ["error"] = $"unknown command - '{command}'" }.Build());
        }
    }

    /// <summary>Handles <c>connect</c>, <c>close</c> and <c>ping</c>.</summary>
    /// <returns>False for a command that doesn't exist.</returns>
    private protected abstract bool TryReceiveCommand(string command, ConatMessage message);

    /// <summary>Answers a command. One that wants no answer gets none, and one that can't be answered is asked again.</summary>
    private protected void Answer(ConatMessage message, WireValue data, WireValue? headers = null)
    {
        if (message.Reply is null)
        {
            return;
        }

        try
        {
            Client.Respond(message, data, headers is null ? null : new PublishOptions { Headers = headers });
        }
        catch (ConatException exception)
        {
            Client.LogFailure($"a command of the socket '{Subject}' can't be answered", exception);
        }
    }

    /// <summary>The state changes; a socket that is closed stays so.</summary>
    /// <param name="state">Not <see cref="ConatSocketState.Closed"/>.</param>
    /// <param name="target">Where the other end is; null while that isn't known.</param>
    internal void SetState(ConatSocketState state, string? target)
    {
        lock (_gate)
        {
            if (_state == ConatSocketState.Closed)
            {
                return;
            }

            var isChange = _state != state;
            _state = state;
            _target = target;
            if (state == ConatSocketState.Ready)
            {
                _ready.TrySetResult();
                OnReady();
            }
            else if (_ready.Task.IsCompleted)
            {
                _ready = NewSignal();
            }

            if (!isChange)
            {
                return;
            }
        }

        StateChanged?.Invoke(state);
    }

    /// <summary>Closes this end.</summary>
    /// <returns>False if it was closed already.</returns>
    private protected bool TryEnd()
    {
        lock (_gate)
        {
            if (_state == ConatSocketState.Closed)
            {
                return false;
            }

            _state = ConatSocketState.Closed;
            _target = null;
            _ready.TrySetException(ClosedError());
            // Nobody may wait for it.
            _ = _ready.Task.Exception;
            _commands.Cancel();
            DeliverRest();
            _incoming.Writer.TryComplete();
            _requests.Writer.TryComplete();
            _room.TrySetResult();
        }

        _closing.Cancel();
        _closed.TrySetResult();
        StateChanged?.Invoke(ConatSocketState.Closed);
        return true;
    }

    private void ReceiveRequest(ConatMessage message)
    {
        if (Interlocked.Increment(ref _waitingRequests) > Options.MaxWaitingRequests)
        {
            Interlocked.Decrement(ref _waitingRequests);
            Answer(message, WireValue.Null, new WireObject { [ConatHeaders.Error] = "Error: too many requests are waiting", [ConatHeaders.Code] = 429 }.Build());
            return;
        }

        if (!_requests.Writer.TryWrite(message))
        {
            Interlocked.Decrement(ref _waitingRequests);
        }
    }

    /// <returns>Where the other end is, and what is left of the time.</returns>
    private async Task<(string Target, TimeSpan Left)> ReadyAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var start = Time.GetTimestamp();
        while (true)
        {
            Task ready;
            lock (_gate)
            {
                if (_state == ConatSocketState.Ready)
                {
                    return (_target!, Left());
                }

                ready = _state == ConatSocketState.Closed ? throw ClosedError() : _ready.Task;
            }

            try
            {
                await ready.WaitAsync(Left(), Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw new ConatException("timeout", 408);
            }
        }

        TimeSpan Left()
        {
            var left = timeout - Time.GetElapsedTime(start);
            return left > TimeSpan.Zero ? left : throw new ConatException("timeout", 408);
        }
    }
}
