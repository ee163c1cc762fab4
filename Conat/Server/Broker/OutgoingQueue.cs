using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// What waits to be sent over one WebSocket, bounded in bytes: whoever adds beyond the bound isn't held up, the connection is dropped instead. One writer sends
/// packets whole, so that nothing comes between a text and its attachments, and as many at once as wait.
/// </summary>
/// <param name="options">The bound, and when acks wait.</param>
/// <param name="time">The clock.</param>
/// <param name="overflow">Called once at most, when the bound is passed; must be quick.</param>
internal sealed class OutgoingQueue(ConatBrokerOptions options, TimeProvider time, Action overflow)
{
    /// <summary>Bounded in bytes by <see cref="Add"/>.</summary>
    private readonly PacketQueue _packets = new();
    private readonly AckDelay _room = new(options.AckDelayBytes, options.AckDelayStall, time);
    private long _bytes;
    private int _isOver;
    private volatile bool _isAborted;

    /// <summary>As <see cref="IMessageReceiver.Room"/>, whatever the message.</summary>
    public Task? Room => _room.Until(ref _bytes);

    /// <summary>Takes over the packet's buffers, whether it will be sent or not.</summary>
    public void Add(in OutgoingPacket packet)
    {
        // A packet that alone is larger is sent if nothing else waits.
        var size = packet.Bytes;
        var before = Interlocked.Add(ref _bytes, size) - size;
        if (before == 0)
        {
            _room.Began();
        }

        if ((before > 0 && before + size > options.MaxQueuedBytes) || !_packets.TryAdd(packet))
        {
            Interlocked.Add(ref _bytes, -size);
            packet.Release();
            if (before + size > options.MaxQueuedBytes && _packets.TryComplete() && Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                overflow();
            }
        }
    }

    /// <summary>Ends the WebSocket once all before is sent. Nothing can be added any more.</summary>
    public void Close(WebSocketCloseStatus status)
    {
        if (_packets.TryAdd(new OutgoingPacket(default, Close: status)))
        {
            _packets.TryComplete();
        }
    }

    /// <summary>What still waits isn't sent any more.</summary>
    public void Abort()
    {
        _isAborted = true;
        _packets.TryComplete();
    }

    /// <summary>Sends until the end.</summary>
    public async Task RunAsync(FrameWriter frames, CancellationToken cancellationToken)
    {
        var batch = new FrameBatch(frames, _room.Began);
        try
        {
            // A wait that can't be cancelled allocates nothing; Abort ends it.
            while (await _packets.WaitAsync().ConfigureAwait(false) && !_isAborted)
            {
                while (!_isAborted && _packets.TryTake(out var packet))
                {
                    try
                    {
                        await AddAsync(batch, packet, cancellationToken).ConfigureAwait(false);
                    }
                    finally
                    {
                        _room.Taken(Interlocked.Add(ref _bytes, -packet.Bytes));
                        packet.Release();
                    }
                }

                await batch.FlushAsync(cancellationToken).ConfigureAwait(false);
                batch.Clear();
            }
        }
        finally
        {
            batch.Clear();
            _packets.TryComplete();
            _room.End();
            while (_packets.TryTake(out var packet))
            {
                packet.Release();
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask AddAsync(FrameBatch batch, OutgoingPacket packet, CancellationToken cancellationToken)
    {
        if (packet.Close is { } status)
        {
            await batch.AddCloseAsync(status, cancellationToken).ConfigureAwait(false);
            return;
        }

        await batch.AddAsync(WebSocketFrame.Text, packet.Text, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < packet.Attachments.Count; i++)
        {
            await batch.AddAsync(WebSocketFrame.Binary, packet.Attachments[i].Memory, cancellationToken).ConfigureAwait(false);
        }
    }
}
