using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Sockets;

/// <summary>A listener's end of a socket (spec 06 §6.5). It stays when a connection to the broker is lost, the connector's or its own.</summary>
public sealed class ConatSocketConnection : ConatSocket
{
    private readonly ConatSocketListener _listener;

    /// <summary>Guards <see cref="_early"/>.</summary>
    private readonly Lock _gate = new();

    /// <summary>What comes while the connection is being opened; null afterwards.</summary>
    private List<ConatMessage>? _early = [];
    private long _lastHeard;

    internal ConatSocketConnection(ConatSocketListener listener, ConatClient client, string subject, string id, ConatSocketOptions options)
        : base(client, subject, id, options)
    {
        _listener = listener;
        Touch();
    }

    internal new string ClientSubject => base.ClientSubject;

    /// <summary>Since when nothing was heard of the connector.</summary>
    internal TimeSpan Silence => Time.GetElapsedTime(Volatile.Read(ref _lastHeard));

    /// <inheritdoc />
    public override void Close()
    {
        if (TryEnd())
        {
            _listener.Remove(this);
            SayClose();
        }
    }

    /// <inheritdoc />
    public override ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>Opens it, and answers the connect.</summary>
    /// <param name="connect">The connector's command.</param>
    /// <param name="announce">Tells the application; false if that takes no more.</param>
    internal async Task OpenAsync(ConatMessage connect, Func<ConatSocketConnection, bool> announce)
    {
        var interest = Client.WaitForInterestAsync(ClientSubject, Options.InterestTimeout, Closing);
        _ = KeepAliveAsync();
        try
        {
            await interest.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConatException or OperationCanceledException)
        {
            // Whatever comes of it: it was only to have the first data arrive.
        }

        SetState(ConatSocketState.Ready, ClientSubject);
        if (State == ConatSocketState.Closed)
        {
            return;
        }

        if (!announce(this))
        {
            Close();
            return;
        }

        AnswerConnect(connect);
        while (NextEarly() is { } message)
        {
            Receive(message);
        }
    }

    /// <summary>A message of its connector. Called one after the other.</summary>
    internal void Accept(ConatMessage message)
    {
        Touch();
        lock (_gate)
        {
            if (_early is { } early)
            {
                // A connector has nothing to say yet but its connect again; what is dropped here is asked for later.
                if (early.Count < Options.MaxQueueSize)
                {
                    early.Add(message);
                }

                return;
            }
        }

        Receive(message);
    }

    /// <summary>The listener's connection to the broker is there again.</summary>
    internal void Resume()
    {
        Touch();
        OnReconnected();
    }

    private protected override bool TryReceiveCommand(string command, ConatMessage message)
    {
        switch (command)
        {
            case SocketWire.Ping:
                Answer(message, WireValue.Null);
                return true;
            case SocketWire.Connect:
                AnswerConnect(message);
                // It was away, and missed what was sent meanwhile.
                OnReconnected();
                return true;
            case SocketWire.Close:
                Close();
                Answer(message, SocketWire.Closed);
                return true;
            default:
                return false;
        }
    }

    private ConatMessage? NextEarly()
    {
        lock (_gate)
        {
            if (_early is not [var first, ..])
            {
                _early = null;
                return null;
            }

            _early.RemoveAt(0);
            return first;
        }
    }

    private void AnswerConnect(ConatMessage connect) => _ = AnswerConnectAsync(connect);

    private async Task AnswerConnectAsync(ConatMessage connect)
    {
        try
        {
            await Client.RespondAsync(connect, SocketWire.Connected, new PublishOptions { Timeout = Options.ConnectTimeout }, Closing).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConatException or OperationCanceledException)
        {
            // The connector asks again.
        }
    }

    private void SayClose()
    {
        try
        {
            Client.Publish(ClientSubject, WireValue.Null, new PublishOptions { Headers = SocketWire.Command(SocketWire.Close) });
        }
        catch (ConatException exception)
        {
            Client.LogFailure($"a connector of '{Subject}' can't be told the end", exception);
        }
    }

    private async Task KeepAliveAsync()
    {
        try
        {
            while (true)
            {
                var lost = await Client.NextLossAsync(Closing).ConfigureAwait(false);
                if (await IsAliveAsync(lost).ConfigureAwait(false))
                {
                    await Task.Delay(Options.KeepAlive, Time, Closing).ConfigureAwait(false);
                }
            }
        }
        catch (ConatException exception)
        {
            // No pong: the connector is gone; or our client is closed.
            Client.LogFailure($"a connector of '{Subject}' is gone", exception);
            Close();
        }
        catch (OperationCanceledException)
        {
            // It is closed.
        }
    }

    /// <summary>Pings. A connector that has just lost its own connection has the same time to come back.</summary>
    /// <returns>False if our own connection was lost, which tells nothing.</returns>
    private async Task<bool> IsAliveAsync(Task lost)
    {
        try
        {
            await CommandAsync(ClientSubject, SocketWire.Ping, WireValue.Null, Options.KeepAliveTimeout, Closing, waitForInterest: true).ConfigureAwait(false);
            Touch();
            return true;
        }
        catch (ConatException exception) when (exception.Code is null && Client.State != ConatState.Closed)
        {
            // It was on its way when our connection was lost, which is known a moment later.
            await lost.WaitAsync(Options.KeepAliveTimeout, Time, Closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (lost.IsCompleted)
            {
                return false;
            }

            throw;
        }
        catch (ConatException) when (lost.IsCompleted && Client.State != ConatState.Closed)
        {
            return false;
        }
    }

    private void Touch() => Volatile.Write(ref _lastHeard, Time.GetTimestamp());
}
