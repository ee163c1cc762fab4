using System.Net.WebSockets;
using System.Threading.Channels;
using ProjectSilo.Conat.Transports.SocketIo;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// What waits to be sent over one WebSocket, bounded in bytes: whoever adds beyond the bound isn't held up, the connection is dropped instead. One writer sends
/// packets whole, so that nothing comes between a text and its attachments.
/// </summary>
/// <param name="options">The bound, and when acks wait.</param>
/// <param name="time">The clock.</param>
/// <param name="overflow">Called once at most, when the bound is passed; must be quick.</param>
internal sealed class OutgoingQueue(ConatBrokerOptions options, TimeProvider time, Action overflow)
{
    private readonly Channel<OutgoingPacket> _packets = Channel.CreateUnbounded<OutgoingPacket>(new UnboundedChannelOptions { SingleReader = true });
    private readonly AckDelay _room = new(options.AckDelayBytes, options.AckDelayStall, time);
    private Action? _progress;
    private long _bytes;
    private int _isOver;

    /// <summary>As <see cref="IMessageReceiver.Room"/>.</summary>
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

        if ((before > 0 && before + size > options.MaxQueuedBytes) || !_packets.Writer.TryWrite(packet))
        {
            Interlocked.Add(ref _bytes, -size);
            packet.Release();
            if (before + size > options.MaxQueuedBytes && _packets.Writer.TryComplete() && Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                overflow();
            }
        }
    }

    /// <summary>Ends the WebSocket once all before is sent. Nothing can be added any more.</summary>
    public void Close(WebSocketCloseStatus status)
    {
        if (_packets.Writer.TryWrite(new OutgoingPacket(default, Close: status)))
        {
            _packets.Writer.TryComplete();
        }
    }

    /// <summary>Sends until the end.</summary>
    public async Task RunAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        _progress = _room.Began;
        try
        {
            while (await _packets.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (_packets.Reader.TryRead(out var packet))
                {
                    try
                    {
                        await SendAsync(socket, packet, cancellationToken).ConfigureAwait(false);
                    }
                    finally
                    {
                        _room.Taken(Interlocked.Add(ref _bytes, -packet.Bytes));
                        packet.Release();
                    }
                }
            }
        }
        finally
        {
            _packets.Writer.TryComplete();
            _room.End();
            while (_packets.Reader.TryRead(out var packet))
            {
                packet.Release();
            }
        }
    }

    private async ValueTask SendAsync(WebSocket socket, OutgoingPacket packet, CancellationToken cancellationToken)
    {
        if (packet.Close is { } status)
        {
            await socket.CloseOutputAsync(status, status == WebSocketCloseStatus.Empty ? null : "", cancellationToken).ConfigureAwait(false);
            return;
        }

        await socket.SendAsync(packet.Text, WebSocketMessageType.Text, endOfMessage: true, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < packet.Attachments.Count; i++)
        {
            await LargeMessage.SendAsync(socket, packet.Attachments[i].Memory, _progress, cancellationToken).ConfigureAwait(false);
        }
    }
}
