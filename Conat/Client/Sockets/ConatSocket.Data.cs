using System.Threading.Channels;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Sockets;

/// <summary>Data: writing, reading, acknowledging (spec 06 §6.4).</summary>
public abstract partial class ConatSocket
{
    /// <summary>So many acknowledgements may be under way; later ones wait and become one.</summary>
    private const int MaxAcknowledgements = 10;

    /// <summary>Whether the other end knows something of this one that a new one couldn't: numbers that were acknowledged in either direction.</summary>
    private protected bool HasHistory
    {
        get
        {
            lock (_gate)
            {
                return _sender.Acknowledged > 0 || _receiver.Next > 1;
            }
        }
    }

    /// <summary>The number of the last message written; 0 if there was none.</summary>
    internal long LastWritten
    {
        get
        {
            lock (_gate)
            {
                return _sender.Last;
            }
        }
    }

    /// <summary>How many messages wait to be read.</summary>
    internal int Unread
    {
        get
        {
            lock (_gate)
            {
                return _unread;
            }
        }
    }

    private readonly SocketSender _sender;
    private readonly SocketReceiver _receiver;

    /// <summary>What is in order and waits to be read. Bounded by the two counts below.</summary>
    private readonly Channel<ConatMessage> _incoming = Channel.CreateUnbounded<ConatMessage>();
    private int _unread;
    private long _unreadBytes;

    private TaskCompletionSource _room = NewSignal();

    /// <summary>Ends what was asked of the other end when that has been away: the answer may be lost.</summary>
    private CancellationTokenSource _commands = new();
    private int _acknowledgements;
    private bool _mustAcknowledge;

    /// <summary>Writes a message. It arrives once and in order, unless the socket is closed before; while the socket isn't ready it waits.</summary>
    /// <exception cref="ConatException">
    /// <c>WRITE FAILED: socket buffer size &lt;size&gt; exceeded</c>, code <c>ENOBUFS</c>; <c>closed</c>, code <c>EPIPE</c>; nested too deep. Nothing is written then.
    /// </exception>
    public void Write(WireValue data, WireValue.Members? headers = null)
    {
        if (!TryWrite(ConatPayload.Encode(data), headers))
        {
            throw new ConatException($"WRITE FAILED: socket buffer size {Options.MaxQueueSize} exceeded", "ENOBUFS");
        }
    }

    /// <summary>Writes a message as soon as there is room for it.</summary>
    /// <exception cref="ConatException"><c>closed</c>, code <c>EPIPE</c>; nested too deep.</exception>
    public async Task WriteAsync(WireValue data, WireValue.Members? headers = null, CancellationToken cancellationToken = default)
    {
        var raw = ConatPayload.Encode(data);
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (TryWrite(raw, headers))
                {
                    return;
                }

                room = _room.Task;
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until all that was written is acknowledged.</summary>
    /// <exception cref="ConatException"><c>closed</c>, code <c>EPIPE</c>.</exception>
    public async Task DrainAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (_sender.IsEmpty)
                {
                    return;
                }

                room = _state == ConatSocketState.Closed ? throw ClosedError() : _room.Task;
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The next message, waited for if need be; null when the socket is closed.</summary>
    public async ValueTask<ConatMessage?> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (await _incoming.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!_incoming.Reader.TryRead(out var message))
            {
                continue;
            }

            lock (_gate)
            {
                _unread--;
                _unreadBytes -= message.Raw.Length;
                Deliver(mustAcknowledge: false);
            }

            return message;
        }

        return null;
    }

    /// <inheritdoc />
    public async IAsyncEnumerator<ConatMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            yield return message;
        }
    }

    /// <summary>Writes a message that is encoded already, in MessagePack, unless the socket is closed or has no room. Its memory is kept until it is acknowledged.</summary>
    /// <returns>False if it isn't written.</returns>
    public bool TryWriteEncoded(ReadOnlyMemory<byte> encoded, WireValue.Members? headers = null)
    {
        lock (_gate)
        {
            return _state != ConatSocketState.Closed && TryWrite(encoded, headers);
        }
    }

    private bool TryWrite(ReadOnlyMemory<byte> raw, WireValue.Members? headers)
    {
        lock (_gate)
        {
            if (_state == ConatSocketState.Closed)
            {
                throw ClosedError();
            }

            if (!_sender.TryAdd(raw, headers))
            {
                return false;
            }

            if (_state == ConatSocketState.Ready && !TrySendUnsent())
            {
                StartResending();
            }

            StartWatching();
            return true;
        }
    }

    /// <summary>The other end is there, perhaps again. The caller holds the lock.</summary>
    private void OnReady()
    {
        var before = _commands;
        _commands = new CancellationTokenSource();
        _acknowledgements = 0;
        _mustAcknowledge = false;
        before.Cancel();
        before.Dispose();
        var hasUnacknowledged = _sender.Sent > _sender.Acknowledged;
        if (!TrySendUnsent() || hasUnacknowledged)
        {
            StartResending();
        }

        if (_receiver.Next > 1)
        {
            Acknowledge();
        }

        AskForMissing();
    }

    private void ReceiveData(ConatMessage message)
    {
        if (SocketWire.NumberIn(message.Headers) is not { } number)
        {
            Client.LogDropped($"a message of the socket '{Subject}' has no number");
            return;
        }

        Take([(number, message)]);
    }

    /// <summary>Takes messages that have come, in any order.</summary>
    private void Take(ReadOnlySpan<(long Number, ConatMessage Message)> messages)
    {
        var isLost = false;
        lock (_gate)
        {
            if (_state == ConatSocketState.Closed)
            {
                return;
            }

            var isDuplicate = false;
            foreach (var (number, message) in messages)
            {
                var receipt = _receiver.Add(number, message);
                isDuplicate |= receipt == SocketReceipt.Duplicate;
                isLost |= receipt == SocketReceipt.TooFar;
            }

            // The other end sends again what it has no acknowledgement of.
            Deliver(isDuplicate);
            AskForMissing();
        }

        if (isLost)
        {
            Client.LogDropped($"the socket '{Subject}' misses too much");
            Close();
        }
    }

    /// <summary>Gives the reader what is in order and has room. The caller holds the lock.</summary>
    private void Deliver(bool mustAcknowledge)
    {
        while (_receiver.TryPeek(out var message))
        {
            var bytes = message.Raw.Length;
            if (_unread >= Options.MaxUnreadMessages || (_unread > 0 && _unreadBytes + bytes > Options.MaxUnreadBytes))
            {
                break;
            }

            _receiver.Advance();
            _unread++;
            _unreadBytes += bytes;
            _incoming.Writer.TryWrite(SocketWire.WithoutNumber(message));
            mustAcknowledge = true;
        }

        if (mustAcknowledge)
        {
            Acknowledge();
            AskForMissing();
        }
    }

    /// <summary>What is in order can still be read when the socket is closed. The caller holds the lock.</summary>
    private void DeliverRest()
    {
        while (_receiver.TryPeek(out var message))
        {
            _receiver.Advance();
            _unread++;
            _unreadBytes += message.Raw.Length;
            _incoming.Writer.TryWrite(SocketWire.WithoutNumber(message));
        }
    }
}
