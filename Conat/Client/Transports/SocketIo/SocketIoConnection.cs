using System.Net.WebSockets;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Core.SocketIo;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>
/// One Socket.IO session (spec 05 §1.3, §2): one reader, one writer, a timer that listens for the broker's heartbeat, and one that tells it statistics.
/// </summary>
internal sealed partial class SocketIoConnection : IConatConnection
{
    private readonly WebSocket _socket;
    private readonly SocketIoOptions _options;
    private readonly IConatReceiver _receiver;
    private readonly SendQueue _sending;
    private readonly PendingAnswers _answers;
    private readonly SocketIoDecoder _decoder = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _heartbeat;
    private readonly ITimer _statistics;
    private readonly Task _running;

    /// <summary>Why the connection was ended from this side; set once.</summary>
    private string? _reason;
    private EngineIoOpen? _open;
    private bool _isConnected;
    private long _receivedMessages;
    private long _receivedBytes;

    public SocketIoConnection(WebSocket socket, SocketIoOptions options, AckCounter ackIds, IConatReceiver receiver)
    {
        _socket = socket;
        _options = options;
        _receiver = receiver;
        _sending = new SendQueue(options.MaxSendBytes);
        _answers = new PendingAnswers(ackIds, options.MaxPendingAnswers, options.Time);
        _heartbeat = options.Time.CreateTimer(_ => End("ping timeout"), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _statistics = options.Time.CreateTimer(_ => SendStatistics(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // An unobserved failure to open is the caller's timeout.
        _ = _opened.Task.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Ends when the broker has answered the namespace's connect; fails if it refuses.</summary>
    public Task Opened => _opened.Task;

    public Task<string> Completion => _completion.Task;

    public async ValueTask DisposeAsync()
    {
        _sending.TryAdd(new SocketIoPacket(SocketIoPacketType.Disconnect));
        _sending.Close();
        try
        {
            // The writer ends when all is sent, and closes the WebSocket; the broker's close ends the reader.
            await _running.WaitAsync(_options.CloseTimeout, _options.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            End("closed");
            await _running.ConfigureAwait(false);
        }

        _ending.Dispose();
    }

    /// <summary>Ends the connection at once.</summary>
    private void End(string reason)
    {
        Interlocked.CompareExchange(ref _reason, reason, null);
        try
        {
            _ending.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    private async Task RunAsync()
    {
        var writer = WriteAsync();
        var reason = await ReadAsync().ConfigureAwait(false);
        reason = Interlocked.CompareExchange(ref _reason, reason, null) ?? reason;
        await _heartbeat.DisposeAsync().ConfigureAwait(false);
        await _statistics.DisposeAsync().ConfigureAwait(false);
        _sending.Close();
        await _ending.CancelAsync().ConfigureAwait(false);
        await writer.ConfigureAwait(false);
        _socket.Dispose();
        _opened.TrySetException(new ConatException(reason));
        _answers.FailAll();
        _completion.TrySetResult(reason);
    }

    private async Task WriteAsync()
    {
        try
        {
            await _sending.SendAllAsync(_socket, _ending.Token).ConfigureAwait(false);
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.Empty, null, _ending.Token).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            End("transport error");
        }
    }

    /// <returns>Why it ended.</returns>
    private async Task<string> ReadAsync()
    {
        var reader = new MessageReader(_socket, _options.MaxMessageBytes);
        try
        {
            while (true)
            {
                var type = await reader.ReadAsync(_ending.Token).ConfigureAwait(false);
                if (type == WebSocketMessageType.Close)
                {
                    return "transport close";
                }

                if ((type == WebSocketMessageType.Binary ? HandleBinary(reader) : HandleText(reader.Message)) is { } reason)
                {
                    return reason;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return "closed";
        }
        catch (WebSocketException)
        {
            return "transport error";
        }
        catch (InvalidDataException exception)
        {
            return exception.Message;
        }
    }

    /// <returns>Why the connection must end; null if it goes on.</returns>
    private string? HandleBinary(MessageReader reader)
    {
        var (attachment, lease) = reader.Take();
        return _decoder.TryBinary(attachment, out var packet, out var error) ? Handle(packet, lease) : $"parse error: {error}";
    }

    /// <returns>Why the connection must end; null if it goes on.</returns>
    private string? HandleText(ReadOnlySpan<byte> message)
    {
        switch (message.IsEmpty ? default : (EngineIoPacketType)message[0])
        {
            case EngineIoPacketType.Open when _open is null:
                return HandleOpen(message[1..]);
            case EngineIoPacketType.Ping:
                _sending.AddPong();
                ListenForHeartbeat();
                return null;
            case EngineIoPacketType.Message when _open is not null:
                return _decoder.TryText(message[1..], out var packet, out var error) ? Handle(packet) : $"parse error: {error}";
            case EngineIoPacketType.Close:
                return "transport close";
            case EngineIoPacketType.Noop:
                return null;
            default:
                return "parse error: not an Engine.IO packet that comes here";
        }
    }

    private string? HandleOpen(ReadOnlySpan<byte> json)
    {
        if (!EngineIoOpen.TryParse(json, out var open))
        {
            return "parse error: not an open packet";
        }

        _open = open;
        ListenForHeartbeat();
        _sending.TryAdd(new SocketIoPacket(SocketIoPacketType.Connect));
        return null;
    }

    private void ListenForHeartbeat()
    {
        if (_open is { } open)
        {
            _heartbeat.Change(open.PingInterval + open.PingTimeout, Timeout.InfiniteTimeSpan);
        }
    }

    private string? Handle(SocketIoPacket? packet, IDisposable? lease = null)
    {
        if (packet is null || packet.Namespace != SocketIoPacket.DefaultNamespace)
        {
            return null;
        }

        switch (packet.Type)
        {
            case SocketIoPacketType.Connect:
                _isConnected = true;
                _opened.TrySetResult();
                _statistics.Change(TimeSpan.Zero, _options.StatisticsPeriod);
                return null;
            case SocketIoPacketType.ConnectError:
                var text = (packet.Data as WireValue.Members)?["message"].AsText() ?? "connection refused";
                _opened.TrySetException(new ConatException(text));
                return text;
            case SocketIoPacketType.Disconnect:
                return "io server disconnect";
            case SocketIoPacketType.Ack or SocketIoPacketType.BinaryAck:
                _answers.Answer(packet.AckId!.Value, packet.Arguments);
                return null;
            default:
                return _isConnected ? HandleEvent(packet, lease) : "parse error: an event before the connection";
        }
    }

    /// <param name="packet">The event.</param>
    /// <param name="lease">Gives its last attachment back.</param>
    private string? HandleEvent(SocketIoPacket packet, IDisposable? lease)
    {
        var argument = packet.Arguments is [var first, ..] ? first : WireValue.Null;
        switch (packet.EventName)
        {
            case "info":
                Acknowledge(packet);
                _receiver.OnInfo(ConatInfo.From(argument));
                break;
            case "permission" when argument is WireValue.Members denied:
                _receiver.OnPermissionDenied(new ConatPermissionDenied(
                    denied["message"].AsText() ?? "permission denied", denied["subject"].AsText() ?? "", denied["type"].AsText() == "pub"));
                break;
            case { } pattern when ConatChunk.TryReadDelivery(argument, out var chunk):
                Interlocked.Add(ref _receivedMessages, chunk!.IsLast ? 1 : 0);
                Interlocked.Add(ref _receivedBytes, chunk.Payload.Length);
                _receiver.OnChunk(pattern, chunk with { Lease = lease });
                break;
            default:
                Acknowledge(packet);
                break;
        }

        return null;
    }

    private void Acknowledge(SocketIoPacket packet)
    {
        if (packet.AckId is { } id)
        {
            _sending.TryAdd(SocketIoPacket.Ack(id));
        }
    }

    private void SendStatistics() => _sending.TryAdd(SocketIoPacket.Event("stats", new WireObject
    {
        ["recv0"] = new WireObject { ["messages"] = Interlocked.Read(ref _receivedMessages), ["bytes"] = Interlocked.Read(ref _receivedBytes) }.Build(),
    }.Build()));
}
