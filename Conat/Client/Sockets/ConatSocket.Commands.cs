using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Sockets;

/// <summary>The command <c>socket</c>: acknowledgements, and answers to what the other end misses (spec 06 §6.2, §6.4).</summary>
public abstract partial class ConatSocket
{
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

    /// <summary>Tells the other end what was delivered. The caller holds the lock.</summary>
    private void Acknowledge()
    {
        if (_target is not { } target)
        {
            return;
        }

        if (_acknowledgements >= MaxAcknowledgements)
        {
            _mustAcknowledge = true;
            return;
        }

        _acknowledgements++;
        _ = AcknowledgeAsync(target, _receiver.Next - 1, _commands.Token);
    }

    private async Task AcknowledgeAsync(string target, long number, CancellationToken cancellationToken)
    {
        try
        {
            await CommandAsync(target, SocketWire.Socket, SocketWire.Emitted(number), Options.AnswerTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConatException or OperationCanceledException)
        {
            // The other end sends its last message again until one gets through.
        }

        lock (_gate)
        {
            if (cancellationToken.IsCancellationRequested || _state == ConatSocketState.Closed)
            {
                return;
            }

            _acknowledgements--;
            if (_mustAcknowledge)
            {
                _mustAcknowledge = false;
                Acknowledge();
            }
        }
    }
}
