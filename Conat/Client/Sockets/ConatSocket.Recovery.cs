using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Sockets;

/// <summary>Finding out what was lost, and sending it again (spec 06 §6.4).</summary>
public abstract partial class ConatSocket
{
    private bool _isAsking;
    private bool _isWatching;

    /// <summary>What was acknowledged when the last message was sent again because nothing more was.</summary>
    private long _stuckAt = -1;
    private bool _isResending;

    /// <summary>What is resent until this one is acknowledged.</summary>
    private long _resendTarget;
    private long _resendStart;
    private TimeSpan _resendDelay;

    /// <summary>This end's connection to the broker is there again: what was on its way may be lost.</summary>
    private protected void OnReconnected()
    {
        lock (_gate)
        {
            if (_state == ConatSocketState.Ready)
            {
                OnReady();
            }
        }
    }

    /// <summary>Publishes what never was. The caller holds the lock.</summary>
    /// <returns>False if the broker can't be reached, or has no room now.</returns>
    private bool TrySendUnsent()
    {
        while (_sender.NextUnsent is { } message)
        {
            if (!TrySend(message))
            {
                return false;
            }

            _sender.CountSent();
        }

        return true;
    }

    private bool TrySend(SocketMessage message)
    {
        try
        {
            return _target is not null && Client.TryPublish(_target, message.Raw, message.Headers);
        }
        catch (ConatException exception)
        {
            // Denied lately, for example: it is tried again.
            Client.LogFailure($"a message of the socket '{Subject}' can't be sent", exception);
            return false;
        }
    }

    /// <summary>Sends the last message again until it is acknowledged; the other end asks for what it misses before it. The caller holds the lock.</summary>
    private void StartResending()
    {
        (_resendTarget, _resendStart, _resendDelay) = (_sender.Last, Time.GetTimestamp(), Options.FirstRetryDelay);
        if (!_isResending)
        {
            _isResending = true;
            _ = ResendAsync();
        }
    }

    private async Task ResendAsync()
    {
        // Not in the caller's lock.
        await Task.Yield();
        while (true)
        {
            TimeSpan delay;
            lock (_gate)
            {
                if (_state == ConatSocketState.Closed || _sender.Acknowledged >= _resendTarget || Time.GetElapsedTime(_resendStart) > Options.ResendTime)
                {
                    _isResending = false;
                    return;
                }

                if (_state == ConatSocketState.Ready && TrySendUnsent() && _sender.LastKept is { } last)
                {
                    TrySend(last);
                }

                delay = _resendDelay;
                _resendDelay = Grow(delay, Options.MaxResendDelay);
            }

            try
            {
                await Task.Delay(delay, Time, Closing).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>
    /// Sees to it that data which the other end never got, because it alone was away for a moment, is sent again though nobody writes more. The caller holds the lock.
    /// </summary>
    private void StartWatching()
    {
        if (!_isWatching)
        {
            _isWatching = true;
            _ = WatchAsync();
        }
    }

    private async Task WatchAsync()
    {
        await Task.Yield();
        var before = -1L;
        while (true)
        {
            lock (_gate)
            {
                if (_state == ConatSocketState.Closed || _sender.IsEmpty)
                {
                    _isWatching = false;
                    return;
                }

                if (_sender.Acknowledged == before && _stuckAt != before && _state == ConatSocketState.Ready)
                {
                    // Once only: the other end may have it, and a reader that doesn't read.
                    _stuckAt = before;
                    StartResending();
                }

                before = _sender.Acknowledged;
            }

            try
            {
                await Task.Delay(Options.AnswerTimeout, Time, Closing).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void ReceiveSocketCommand(ConatMessage message)
    {
        var command = message.TryRead(out var data) && data is WireValue.Members members ? members["socket"] as WireValue.Members : null;
        if (command?["emitted"] is WireValue.Number emitted)
        {
            if (SocketWire.AsNumber(emitted) is { } number)
            {
                lock (_gate)
                {
                    _sender.Acknowledge(number);
                    _room.TrySetResult();
                    _room = _state == ConatSocketState.Closed ? _room : NewSignal();
                }
            }

            Answer(message, new WireObject { ["emitted"] = emitted }.Build());
        }
        else if (command?["missing"] is WireValue.Items missing)
        {
            AnswerMissing(message, missing);
        }
        else
        {
            Answer(message, new WireObject { ["error"] = "a socket command is emitted or missing" }.Build());
        }
    }

    private void AnswerMissing(ConatMessage message, WireValue.Items missing)
    {
        ImmutableArray<SocketMessage>? found = null;
        if (SocketWire.Numbers(missing, Options.MaxQueueSize) is { } numbers)
        {
            lock (_gate)
            {
                found = _sender.Find(numbers);
            }
        }

        if (found is not { } messages)
        {
            Answer(message, WireValue.Null, new WireObject { [ConatHeaders.Error] = SocketWire.NoData }.Build());
            return;
        }

        // It may be large: others of this reader needn't wait until it is encoded.
        _ = Task.Run(() => Answer(message, new WireValue.Items([.. messages.Select(SocketWire.Resent)])));
    }

    /// <summary>Asks for what is missing, unless that is being done. The caller holds the lock.</summary>
    private void AskForMissing()
    {
        if (!_isAsking && _receiver.HasGap && _target is not null)
        {
            _isAsking = true;
            _ = AskForMissingAsync();
        }
    }

    private async Task AskForMissingAsync()
    {
        await Task.Yield();
        var (delay, timeout) = (Options.FirstRetryDelay, Options.AnswerTimeout);
        while (true)
        {
            string target;
            ImmutableArray<long> numbers;
            CancellationToken cancellationToken;
            lock (_gate)
            {
                if (_state == ConatSocketState.Closed || !_receiver.HasGap || _target is null)
                {
                    _isAsking = false;
                    return;
                }

                (target, numbers, cancellationToken) = (_target, _receiver.Missing(), _commands.Token);
            }

            try
            {
                var answer = await CommandAsync(target, SocketWire.Socket, SocketWire.Missing(numbers), timeout, cancellationToken).ConfigureAwait(false);
                if (answer.Header(ConatHeaders.Error).AsText() == SocketWire.NoData)
                {
                    Client.LogDropped($"the other end of the socket '{Subject}' has no more what is missing");
                    Close();
                    return;
                }

                if (TryTakeResent(answer, numbers))
                {
                    (delay, timeout) = (Options.FirstRetryDelay, Options.AnswerTimeout);
                    continue;
                }
            }
            catch (ConatException exception)
            {
                Client.LogFailure($"messages that the socket '{Subject}' misses can't be had now", exception);
            }
            catch (OperationCanceledException)
            {
                // The other end was away; or this one is closed, which the loop sees.
                continue;
            }

            try
            {
                await Task.Delay(delay, Time, Closing).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            delay = Grow(delay, Options.MaxRetryDelay);
            // A large answer takes its time.
            timeout = timeout * 2 < Options.CommandTimeout ? timeout * 2 : Options.CommandTimeout;
        }
    }

    /// <returns>Whether the first of <paramref name="numbers"/> is no more missing.</returns>
    private bool TryTakeResent(ConatMessage answer, ImmutableArray<long> numbers)
    {
        if (!answer.TryRead(out var data) || data is not WireValue.Items items || items.Values.Length > numbers.Length)
        {
            return false;
        }

        var messages = new (long Number, ConatMessage Message)[items.Values.Length];
        for (var i = 0; i < messages.Length; i++)
        {
            if (!SocketWire.TryReadResent(items.Values[i], Subject, out var number, out var message))
            {
                return false;
            }

            messages[i] = (number, message!);
        }

        Take(messages);
        lock (_gate)
        {
            return _receiver.Next > numbers[0];
        }
    }
}
