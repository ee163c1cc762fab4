using System.Buffers;
using System.Net.WebSockets;
using System.Threading.Channels;
using ProjectSilo.Conat.Core.SocketIo;

namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>
/// What one connection sends. A packet's text and attachments leave together and in the order they were given; only pongs overtake. Bounded by bytes.
/// </summary>
/// <param name="maxBytes">Most bytes that wait; one packet always fits in an empty queue.</param>
internal sealed class SendQueue(long maxBytes)
{
    private static readonly byte[] PongText = [(byte)EngineIoPacketType.Pong];

    /// <summary>A group of nothing: look whether a pong is due.</summary>
    private static readonly Group Nothing = new(default, [], 0);

    /// <summary>Bounded by <see cref="_bytes"/>.</summary>
    private readonly Channel<Group> _groups = Channel.CreateUnbounded<Group>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Guards everything below, and the order of adding.</summary>
    private readonly Lock _gate = new();
    private TaskCompletionSource _room = NewSignal();
    private long _bytes;
    private bool _pongIsDue;
    private bool _isClosed;

    /// <summary>Takes a packet.</summary>
    /// <returns>False if there is no room for it, or the queue is closed.</returns>
    public bool TryAdd(SocketIoPacket packet)
    {
        var group = Encode(packet);
        lock (_gate)
        {
            return !_isClosed && TryAdd(group);
        }
    }

    /// <summary>Takes a packet as soon as there is room.</summary>
    /// <returns>False if the queue is closed.</returns>
    public async ValueTask<bool> AddAsync(SocketIoPacket packet, CancellationToken cancellationToken)
    {
        var group = Encode(packet);
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (_isClosed)
                {
                    return false;
                }

                if (TryAdd(group))
                {
                    return true;
                }

                room = _room.Task;
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Has a pong sent before anything else.</summary>
    public void AddPong()
    {
        lock (_gate)
        {
            _pongIsDue = true;
        }

        _groups.Writer.TryWrite(Nothing);
    }

    /// <summary>Takes no more; what is there is still sent.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _room.TrySetResult();
        }

        _groups.Writer.TryComplete();
    }

    /// <summary>Sends until the queue is closed and empty.</summary>
    public async Task SendAllAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        await foreach (var group in _groups.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            await SendPongAsync(socket, cancellationToken).ConfigureAwait(false);
            if (group.Text.IsEmpty)
            {
                continue;
            }

            await socket.SendAsync(group.Text, WebSocketMessageType.Text, true, cancellationToken).ConfigureAwait(false);
            foreach (var attachment in group.Attachments)
            {
                await SendPongAsync(socket, cancellationToken).ConfigureAwait(false);
                await LargeMessage.SendAsync(socket, attachment, cancellationToken).ConfigureAwait(false);
            }

            lock (_gate)
            {
                _bytes -= group.Bytes;
                _room.TrySetResult();
                _room = NewSignal();
            }
        }
    }

    private static Group Encode(SocketIoPacket packet)
    {
        var text = new ArrayBufferWriter<byte>();
        var attachments = new List<ReadOnlyMemory<byte>>();
        SocketIoCodec.Encode(packet, text, attachments);
        return new Group(text.WrittenMemory, attachments, text.WrittenCount + attachments.Sum(attachment => (long)attachment.Length));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool TryAdd(Group group)
    {
        if (_bytes > 0 && _bytes + group.Bytes > maxBytes)
        {
            return false;
        }

        _bytes += group.Bytes;
        return _groups.Writer.TryWrite(group);
    }

    private ValueTask SendPongAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_pongIsDue)
            {
                return default;
            }

            _pongIsDue = false;
        }

        return socket.SendAsync(PongText.AsMemory(), WebSocketMessageType.Text, true, cancellationToken);
    }

    private readonly record struct Group(ReadOnlyMemory<byte> Text, List<ReadOnlyMemory<byte>> Attachments, long Bytes);
}
