using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Sockets;

/// <summary>
/// The end of a socket that connects (spec 06 §6.3). It looks for its listener again whenever it loses it, keeping its id and its numbers, until it or the listener closes
/// the socket. A listener that was started anew knows nothing of it: the socket is closed then, and the application makes a new one. Made by
/// <see cref="ConatClient.ConnectSocket"/>.
/// </summary>
public sealed class ConatSocketConnector : ConatSocket
{
    /// <summary>After so many refusals the listener is looked for again.</summary>
    private const int MaxConnects = 3;

    /// <summary>A listener that lost its connection, as this one did, has so long to come back while another one answers in its place.</summary>
    private static readonly TimeSpan ListenerReturn = TimeSpan.FromSeconds(3);

    private readonly Task _running;
    private TaskCompletionSource _connectWanted = NewSignal();
    private CancellationTokenSource? _attempt;
    private ConatSubscription? _subscription;

    /// <summary>The listener that has the other half of the numbers; null before the first connection.</summary>
    private string? _listener;

    internal ConatSocketConnector(ConatClient client, string subject, ConatSocketOptions options)
        : base(client, subject, options.Id ?? ConatId.New(), options)
    {
        if (!SocketWire.IsId(Id))
        {
            throw new ConatException("a socket's id is one token");
        }

        _connectWanted.SetResult();
        _running = Task.Run(RunAsync);
    }

    /// <summary>Connects again by hand, which <see cref="ConatSocketOptions.Reconnection"/> does by itself.</summary>
    public void Connect()
    {
        if (State == ConatSocketState.Disconnected)
        {
            Volatile.Read(ref _connectWanted).TrySetResult();
        }
    }

    /// <summary>Ends the connection but not the socket: it connects again, by itself or by <see cref="Connect"/>, and goes on where it was.</summary>
    public void Disconnect()
    {
        try
        {
            Volatile.Read(ref _attempt)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    /// <summary>An independent socket to the same listener's channel of that name: the subject <c>S.name</c>.</summary>
    /// <exception cref="ConatException"><c>Error: invalid subject</c>.</exception>
    public ConatSocketConnector Channel(string name) => Client.ConnectSocket($"{Subject}.{name}", Options with { Id = null });

    /// <inheritdoc />
    public override void Close()
    {
        if (!TryEnd())
        {
            return;
        }

        Volatile.Read(ref _subscription)?.Dispose();
        if (Volatile.Read(ref _listener) is { } listener)
        {
            _ = SayCloseAsync(SocketWire.ServerSubject(Subject, listener, Id));
        }
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        Close();
        await _running.ConfigureAwait(false);
    }

    private protected override bool TryReceiveCommand(string command, ConatMessage message)
    {
        switch (command)
        {
            case SocketWire.Ping:
                // The listener's first one comes before its answer to our connect.
                Answer(message, WireValue.Null);
                return true;
            case SocketWire.Close:
                Close();
                return true;
            default:
                return false;
        }
    }

    private async Task RunAsync()
    {
        while (!Closing.IsCancellationRequested)
        {
            try
            {
                await Volatile.Read(ref _connectWanted).Task.WaitAsync(Closing).ConfigureAwait(false);
                Volatile.Write(ref _connectWanted, NewSignal());
                await ConnectOnceAsync().ConfigureAwait(false);
            }
            catch (ConatException) when (Client.State == ConatState.Closed)
            {
                Close();
                return;
            }
            catch (OperationCanceledException)
            {
                // Disconnected, by whatever; or closed.
            }
            catch (Exception exception)
            {
                // The edge of the loop: also a load balancer of the application that fails.
                Client.LogFailure($"the socket '{Subject}' has no connection", exception);
            }

            SetState(ConatSocketState.Disconnected, null);
            if (Options.Reconnection)
            {
                await Task.Delay(Options.ReconnectDelay, Time, Closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Connect();
            }
        }
    }

    /// <summary>Connects, and stays until the connection ends, which it tells by an exception.</summary>
    private async Task ConnectOnceAsync()
    {
        var lost = await Client.NextLossAsync(Closing).ConfigureAwait(false);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(Closing);
        Volatile.Write(ref _attempt, attempt);
        SetState(ConatSocketState.Connecting, null);
        var connection = ConnectAsync(attempt.Token);
        try
        {
            await Task.WhenAny(connection, lost).ConfigureAwait(false);
        }
        finally
        {
            await attempt.CancelAsync().ConfigureAwait(false);
            Volatile.Write(ref _attempt, null);
            await connection.ConfigureAwait(false);
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var listener = await FindListenerAsync(cancellationToken).ConfigureAwait(false);
        using var subscription = await Client.SubscribeAsync(ClientSubject, null, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _subscription, subscription);
        Volatile.Write(ref _listener, listener);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = ReadAsync(subscription, ending);
        try
        {
            var target = SocketWire.ServerSubject(Subject, listener, Id);
            await SayConnectAsync(target, ending.Token).ConfigureAwait(false);
            SetState(ConatSocketState.Ready, target);
            while (true)
            {
                await CommandAsync(target, SocketWire.Ping, WireValue.Null, Options.KeepAliveTimeout, ending.Token).ConfigureAwait(false);
                await Task.Delay(Options.KeepAlive, Time, ending.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads what comes until the subscription ends, or the connection.</summary>
    private async Task ReadAsync(ConatSubscription subscription, CancellationTokenSource ending)
    {
        try
        {
            while (await subscription.ReadAsync(ending.Token).ConfigureAwait(false) is { } message)
            {
                Receive(message);
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task<string> FindListenerAsync(CancellationToken cancellationToken)
    {
        var found = Options.FindListener is { } find
            ? await find(cancellationToken).ConfigureAwait(false)
            : await AskStatusAsync(cancellationToken).ConfigureAwait(false);
        if (found is null || !SocketWire.IsId(found))
        {
            throw new ConatException("a listener gave an id that can't be one");
        }

        if (_listener is not { } before || before == found || !HasHistory)
        {
            return found;
        }

        // Only the one before knows what was said.
        try
        {
            await Client.WaitForInterestAsync(SocketWire.ServerSubject(Subject, before, Id), ListenerReturn, cancellationToken).ConfigureAwait(false);
            return before;
        }
        catch (ConatException exception) when (exception.Code == "408")
        {
            Client.LogDropped($"the listener of the socket '{Subject}' is gone, and another one is there");
            Close();
            throw;
        }
    }

    private async Task<string?> AskStatusAsync(CancellationToken cancellationToken)
    {
        var options = new PublishOptions { Timeout = Options.ConnectTimeout };
        var reply = await Client.RequestAsync(SocketWire.StatusSubject(Subject), WireValue.Null, options, cancellationToken).ConfigureAwait(false);
        return reply.TryRead(out var data) && data is WireValue.Members members ? members["id"].AsText() : null;
    }

    private async Task SayConnectAsync(string target, CancellationToken cancellationToken)
    {
        var delay = Options.FirstRetryDelay;
        for (var attempt = 1; ; attempt++, delay = Grow(delay, Options.MaxRetryDelay))
        {
            try
            {
                var reply = await CommandAsync(target, SocketWire.Connect, WireValue.Null, Options.ConnectTimeout, cancellationToken, Id, waitForInterest: true).ConfigureAwait(false);
                if (reply.TryRead(out var data) && data is WireValue.Text { Value: SocketWire.Connected })
                {
                    return;
                }

                throw new ConatException("the listener refuses the connection");
            }
            catch (ConatException) when (attempt < MaxConnects)
            {
                await Task.Delay(delay, Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task SayCloseAsync(string target)
    {
        using var limit = new CancellationTokenSource(Options.ConnectTimeout, Time);
        try
        {
            await CommandAsync(target, SocketWire.Close, WireValue.Null, Options.ConnectTimeout, limit.Token, Id).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConatException or OperationCanceledException)
        {
            // The listener notices by itself, by its keep-alive.
        }
    }
}
