using System.Net.WebSockets;
using ProjectSilo.Conat.Core.SocketIo;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// One client over a WebSocket (spec 05 §1.3, §1.4, §2). One loop reads and handles what comes strictly in order; one writer sends. While somebody signs in nothing
/// is read, so that what comes early is handled afterwards.
/// </summary>
internal sealed partial class BrokerConnection : IMessageReceiver, IDisposable
{
    private readonly ConatBroker _broker;
    private readonly Stream _stream;
    private readonly FrameWriter _frames;
    private readonly BrokerPeer _peer;
    private readonly OutgoingQueue _output;
    private readonly MessageReader _reader;
    private readonly SocketIoDecoder _decoder;
    private readonly RoutedMessage _message;
    private readonly CancellationTokenSource _end = new();
    private readonly PendingPublish _pending = new();
    private BrokerSession? _session;
    private InfoSender? _info;
    private long _pendingBytes;
    private volatile bool _isClosing;

    public BrokerConnection(ConatBroker broker, Stream stream, BrokerPeer peer)
    {
        (_broker, _stream, _peer) = (broker, stream, peer);
        _frames = new FrameWriter(stream);
        _output = new OutgoingQueue(broker.Options, broker.Time, DropSlowConsumer);
        _reader = new MessageReader(stream, _frames, broker.Options.MaxPayloadBytes, broker.Buffers);
        _decoder = new SocketIoDecoder(PublishFrame.MaxDepth, broker.Options.MaxPacketValues);
        _message = new RoutedMessage(broker.Buffers);
    }

    /// <summary>Serves the client until either side ends the connection.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var ending = cancellationToken.UnsafeRegister(static state => ((BrokerConnection)state!).Abort(), this).ConfigureAwait(false);
        await using var stopping = _broker.Stopping.UnsafeRegister(static state => ((BrokerConnection)state!).BeginStop(), this).ConfigureAwait(false);
        using var connectDeadline = _broker.Time.CreateTimer(
            static state => ((BrokerConnection)state!).CloseUnlessConnected(), this, _broker.Options.ConnectTimeout, Timeout.InfiniteTimeSpan);
        SendOpen();
        using var heartbeat = new Heartbeat(_broker.Options, _broker.Time, () => _output.Add(new OutgoingPacket(SocketIoText.Ping)), BeginClose);
        var writing = _output.RunAsync(_frames, _end.Token);
        var reading = ReadAsync(heartbeat, _end.Token);
        await Task.WhenAny(reading, writing).ConfigureAwait(false);
        BeginClose();
        await ((Task)Task.WhenAll(reading, writing)).WaitAsync(_broker.Options.CloseTimeout, _broker.Time, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Abort();
        await Task.WhenAll(Observe(reading), Observe(writing)).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public void Deliver(RoutedMessage message, PatternInterest interest)
    {
        // A text that passes the limit by our envelope, or from within the process, would end the connection of who gets it.
        if (message.FrameFor(interest) is not { } frame || frame.Length > _broker.Options.MaxPayloadBytes)
        {
            return;
        }

        frame.Hold();
        message.Attachments.Hold();
        _output.Add(new OutgoingPacket(frame.Memory, frame, message.Attachments));
    }

    /// <inheritdoc />
    public Task? Room(RoutedMessage message) => _output.Room;

    public void Dispose()
    {
        _info?.Dispose();
        _session?.Close();
        _pending.Release();
        _message.End();
        _reader.Dispose();
        _stream.Dispose();
        _end.Dispose();
    }

    /// <summary>Waits for the end of a loop. A broken connection is a usual one; what isn't is thrown on.</summary>
    private static async Task Observe(Task loop)
    {
        try
        {
            await loop.ConfigureAwait(false);
        }
        catch (Exception end) when (end is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The other side is gone, or we dropped it.
        }
    }

    private async Task ReadAsync(Heartbeat heartbeat, CancellationToken cancellationToken)
    {
        while (true)
        {
            var kind = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (kind == MessageKind.End)
            {
                BeginClose(_reader.Status);
                return;
            }

            if (_isClosing)
            {
                // What still comes until the other side ends it too is of no interest.
                _reader.TakeBinary()?.Release();
                continue;
            }

            var isGood = kind switch
            {
                MessageKind.Text => await HandleTextAsync(_reader.Text, heartbeat, cancellationToken).ConfigureAwait(false),
                MessageKind.Binary => await HandleBinaryAsync(_reader.TakeBinary()!, cancellationToken).ConfigureAwait(false),
                _ => false,
            };
            if (!isGood)
            {
                BeginClose(kind == MessageKind.Refused ? _reader.Status : WebSocketCloseStatus.Empty);
            }
        }
    }

    private ValueTask<bool> HandleTextAsync(ReadOnlyMemory<byte> text, Heartbeat heartbeat, CancellationToken cancellationToken)
    {
        switch (text.IsEmpty ? default : (EngineIoPacketType)text.Span[0])
        {
            case EngineIoPacketType.Message:
                return HandlePacketTextAsync(text, cancellationToken);
            case EngineIoPacketType.Pong:
                heartbeat.Pong();
                return new ValueTask<bool>(true);
            case EngineIoPacketType.Open or EngineIoPacketType.Close or EngineIoPacketType.Upgrade or EngineIoPacketType.Noop:
                return new ValueTask<bool>(true);
            default:
                return new ValueTask<bool>(false);
        }
    }

    private ValueTask<bool> HandlePacketTextAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        if (_pending.IsActive)
        {
            return new ValueTask<bool>(false);
        }

        if (_session is not null && PublishFrame.Read(text, out var publish) is { } isSound)
        {
            if (isSound && publish.Attachments > 0)
            {
                _pending.Begin(publish);
                _reader.KeepText();
                _pendingBytes = text.Length;
                return new ValueTask<bool>(true);
            }

            return isSound ? PublishAsync(publish, default, cancellationToken) : new ValueTask<bool>(false);
        }

        _pendingBytes = text.Length;
        return _decoder.TryText(text.Span[1..], out var packet, out _) ? HandleAsync(packet, cancellationToken) : new ValueTask<bool>(false);
    }

    private async ValueTask<bool> HandleBinaryAsync(SharedBuffer attachment, CancellationToken cancellationToken)
    {
        _pendingBytes += attachment.Length;
        if (_pendingBytes > _broker.Options.MaxPacketBytes)
        {
            attachment.Release();
            return false;
        }

        if (_pending.IsActive)
        {
            if (!_pending.Add(attachment))
            {
                return true;
            }

            try
            {
                return await PublishAsync(_pending.Frame, _pending.Attachments, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _pending.Release();
                _reader.ForgetText();
            }
        }

        var isGood = _decoder.TryBinary(attachment.Memory.ToArray(), out var packet, out _);
        attachment.Release();
        return isGood && await HandleAsync(packet, cancellationToken).ConfigureAwait(false);
    }

    private void SendOpen()
    {
        var text = _broker.Buffers.Rent(160);
        var options = _broker.Options;
        new EngineIoOpen(ConatBroker.NewSocketId(), options.PingInterval, options.PingTimeout, options.MaxPayloadBytes).Write(text);
        _output.Add(new OutgoingPacket(text.Memory, text));
    }

    private void Send(SocketIoPacket packet) => SendText(SocketIoText.Packet(packet, _broker.Buffers));

    private void SendText(SharedBuffer text) => _output.Add(new OutgoingPacket(text.Memory, text));

    private void SendEvent(string name, WireValue argument, long? ackId = null) => Send(SocketIoPacket.Event(name, argument, ackId));

    private void CloseUnlessConnected()
    {
        if (Volatile.Read(ref _session) is null)
        {
            BeginClose();
        }
    }

    private void BeginClose() => BeginClose(WebSocketCloseStatus.Empty);

    private void BeginStop()
    {
        BeginClose();
        _end.CancelAfter(_broker.Options.StopTimeout);
    }

    /// <summary>Nothing that comes from now on is handled; nobody's message goes here any more.</summary>
    private void BeginClose(WebSocketCloseStatus status)
    {
        _isClosing = true;
        Volatile.Read(ref _session)?.Close();
        _output.Close(status);
    }

    private void DropSlowConsumer()
    {
        // On the thread of a publisher, who shall not do our work.
        ThreadPool.UnsafeQueueUserWorkItem(
            static connection =>
            {
                connection._broker.LogSlowConsumer(connection._session?.User.Json ?? connection._peer.Address);
                connection.Abort();
            },
            this,
            preferLocal: false);
    }

    private void Abort()
    {
        _isClosing = true;
        Volatile.Read(ref _session)?.Close();
        _output.Abort();
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection had just ended by itself.
        }
    }
}
