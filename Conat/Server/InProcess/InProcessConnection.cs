using System.Threading.Channels;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Transports;

namespace ProjectSilo.Conat.Server.InProcess;

/// <summary>
/// One session of a client in the broker's process. One loop does what the client asks for, in order, as the reader of a WebSocket does; another hands over what
/// comes, so that no publisher runs a receiver's code.
/// </summary>
internal sealed partial class InProcessConnection : IConatConnection, IMessageReceiver
{
    /// <summary>Takes a little for the message itself, so that empty ones are bounded too.</summary>
    private const int OverheadBytes = 256;

    /// <summary>What a byte of a stranger's headers may take as a value: a list <c>[1,1,…]</c> is an object for every two.</summary>
    private const int BytesPerTextByte = 16;

    /// <summary>
    /// Commands that may wait; beyond it what wants an answer waits for room, and what doesn't is refused. Their payloads are the client's own memory, not copies.
    /// </summary>
    private const int MaxCommands = 1024;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly ConatBroker _broker;
    private readonly IConatReceiver _receiver;
    private readonly BrokerSession _session;
    private readonly RoutedMessage _message;

    /// <summary>Never disposed: it may be cancelled while the loops end by themselves, and has no timer.</summary>
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource<string> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Channel<Func<ValueTask>> _commands = Channel.CreateBounded<Func<ValueTask>>(new BoundedChannelOptions(MaxCommands) { SingleReader = true });

    /// <summary>Bounded by <see cref="_queuedBytes"/>: beyond <see cref="ConatBrokerOptions.MaxQueuedBytes"/> the connection ends, as one over a WebSocket does.</summary>
    private readonly Channel<Delivery> _deliveries = Channel.CreateUnbounded<Delivery>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _running;
    private long _queuedBytes;
    private long _receivedMessages;
    private long _receivedBytes;

    /// <summary>Why the connection was ended from this side; set once.</summary>
    private string? _reason;

    public InProcessConnection(ConatBroker broker, ConatUser user, IConatReceiver receiver)
    {
        (_broker, _receiver) = (broker, receiver);
        _message = new RoutedMessage(broker.Buffers);
        _session = new BrokerSession(broker, ConatBroker.NewSocketId(), user, "in process", this) { IsOwn = true };
        broker.AddOwn(_session);
        var info = new ConatInfo(broker.Options.MaxPayloadBytes, broker.Options.Id, null, user.Value);
        Add(new Delivery("", null, OverheadBytes, to => to.OnInfo(info)));
        _running = Task.Run(RunAsync);
    }

    /// <inheritdoc />
    public Task<string> Completion => _completion.Task;

    /// <inheritdoc />
    public void Deliver(RoutedMessage message, PatternInterest interest)
    {
        if (message.ChunkFor(interest, _broker.Options.MaxPacketValues) is { } chunk)
        {
            if (message.IsLeasable)
            {
                chunk = chunk with { Lease = new AttachmentLease(message.Attachments) };
            }

            Add(new Delivery(interest.Pattern, chunk, chunk.Payload.Length + ((long)message.TextBytes * BytesPerTextByte) + OverheadBytes));
        }
    }

    /// <inheritdoc />
    public Task? Room(RoutedMessage message) => _receiver.Room(message.Subject.Span);

    /// <summary>Does what was asked for before, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _commands.Writer.TryComplete();
        try
        {
            await _running.WaitAsync(CloseTimeout, _broker.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A permission or the receiver takes long. Both loops end as soon as they come back.
            End("closed");
        }
    }

    private async Task RunAsync()
    {
        var delivering = DeliverAllAsync();
        await DoAllAsync().ConfigureAwait(false);
        End("closed");
        await delivering.ConfigureAwait(false);
        _message.End();
        _completion.TrySetResult(_reason!);
    }

    private async Task DoAllAsync()
    {
        try
        {
            await foreach (var command in _commands.Reader.ReadAllAsync(_ending.Token).ConfigureAwait(false))
            {
                await command().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ends.
        }
        catch (Exception failure)
        {
            // The edge: whatever is wrong with one client's command is nobody else's.
            _broker.LogConnectionFailed(failure);
            End("transport error");
        }
    }

    private async Task DeliverAllAsync()
    {
        try
        {
            await foreach (var delivery in _deliveries.Reader.ReadAllAsync(_ending.Token).ConfigureAwait(false))
            {
                Count(delivery);
                delivery.To(_receiver);
                Interlocked.Add(ref _queuedBytes, -delivery.Bytes);
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ends; what still waits is lost, as at the end of a WebSocket.
        }
        catch (Exception failure)
        {
            // The edge: a receiver that fails gets no more.
            _broker.LogConnectionFailed(failure);
            End("transport error");
        }
    }

    /// <summary>What clients over Socket.IO tell the broker every few seconds (spec 05 §2.4).</summary>
    private void Count(in Delivery delivery)
    {
        if (delivery.Chunk is { } chunk)
        {
            _receivedMessages += chunk.IsLast ? 1 : 0;
            _receivedBytes += chunk.Payload.Length;
            _session.Counters.Received(_receivedMessages, _receivedBytes);
        }
    }

    private void Add(in Delivery delivery)
    {
        var before = Interlocked.Add(ref _queuedBytes, delivery.Bytes) - delivery.Bytes;
        if (before == 0 || before + delivery.Bytes <= _broker.Options.MaxQueuedBytes)
        {
            _deliveries.Writer.TryWrite(delivery);
            return;
        }

        Interlocked.Add(ref _queuedBytes, -delivery.Bytes);
        if (End("slow consumer"))
        {
            _broker.LogSlowConsumer(_session.User.Json);
        }
    }

    /// <returns>Whether that was what ended it.</returns>
    private bool End(string reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null)
        {
            return false;
        }

        _session.Close();
        _commands.Writer.TryComplete();
        _deliveries.Writer.TryComplete();

        // Whoever waits goes on elsewhere: this may be a publisher's thread.
        _ = _ending.CancelAsync();
        return true;
    }
}
