using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace ProjectSilo.Grains.Kernels.Zmtp;

/// <summary>A connection to one ZeroMQ socket, by ZMTP 3.0 without security (spec 10 §4.3), over TCP or a Unix socket.</summary>
/// <remarks>
/// One reader at a time calls <see cref="Receive"/>, which also answers the peer's heartbeats; nobody else reads. Any number may call <see cref="Send"/>: a lock lets them write one after the other,
/// each message as a whole. No buffer is held while nothing comes, unless the last that came were a flood.
/// </remarks>
internal sealed class ZmtpSocket : IDisposable
{
    private static readonly ReadOnlyMemory<byte> SubscribeToAll = ZmtpMessage.Of([1]).Wire;

    /// <summary>Who sends again so soon is busy.</summary>
    private static readonly TimeSpan BusyInterval = TimeSpan.FromMilliseconds(10);

    private readonly Socket _socket;
    private readonly ZmtpDecoder _decoder;
    private readonly TimeProvider _time;
    private long _lastReceived;
    private bool _isBusy;

    /// <summary>Protects the order of bytes to the peer.</summary>
    private readonly SemaphoreSlim _writing = new(1, 1);

    private ZmtpSocket(Socket socket, int maxMessageBytes, TimeProvider time)
    {
        _socket = socket;
        _time = time;
        _decoder = new ZmtpDecoder(maxMessageBytes);
    }

    /// <summary>Connects, as often as it takes: a kernel opens its sockets some time after its start. A SUB has subscribed to everything then.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="type">What we are.</param>
    /// <param name="identity">By which a ROUTER knows us; at most 255 bytes, empty for none.</param>
    /// <param name="maxMessageBytes">A longer message is passed by (<see cref="ZmtpMessage.TooLarge"/>).</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    /// <exception cref="ZmtpException">Somebody answers who is no such ZeroMQ socket.</exception>
    /// <exception cref="SocketException">There are no sockets to be had.</exception>
    public static async Task<ZmtpSocket> Connect(
        EndPoint endPoint, ZmtpSocketType type, string identity, int maxMessageBytes, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var socket = new ZmtpSocket(NewSocket(endPoint), maxMessageBytes, time);
            var isConnected = false;
            try
            {
                await socket._socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
                await socket.Handshake(type, identity, cancellationToken).ConfigureAwait(false);
                isConnected = true;
                return socket;
            }
            catch (Exception exception) when (exception is SocketException or EndOfStreamException)
            {
                // Nobody listens yet, or somebody was just leaving.
            }
            finally
            {
                if (!isConnected)
                {
                    socket.Dispose();
                }
            }

            await Task.Delay(Pause(time.GetElapsedTime(started)), time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The next message.</summary>
    /// <exception cref="ZmtpException">The peer breaks the rules, or says that it can't go on.</exception>
    /// <exception cref="EndOfStreamException">The peer has closed the connection.</exception>
    /// <exception cref="SocketException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public async ValueTask<ZmtpMessage> Receive(CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (await ReceiveEvent(cancellationToken).ConfigureAwait(false))
            {
                case ZmtpEvent.Message:
                    return _decoder.Message;
                case ZmtpEvent.TooLarge:
                    return ZmtpMessage.TooLarge;
                default:
                    await Obey(cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>Sends a message.</summary>
    /// <param name="message">Not to be changed, even when the caller waits no longer.</param>
    /// <param name="cancellationToken">The caller waits no longer. What has begun to leave goes on leaving, as half a message would break the connection.</param>
    /// <exception cref="SocketException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public async ValueTask Send(ZmtpMessage message, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        var writing = Write(message.Wire);
        var failure = await (writing.IsCompleted ? writing : writing.WaitAsync(cancellationToken)).ConfigureAwait(false);
        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <summary>Closes it; who receives or sends is told. A buffer being received into isn't given back to the pool, but left to the garbage collector.</summary>
    public void Dispose() => _socket.Dispose();

    private static Socket NewSocket(EndPoint endPoint) => endPoint is UnixDomainSocketEndPoint
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>A fiftieth of the time that it takes already, so that the attempts delay a start by no more than that.</summary>
    private static TimeSpan Pause(TimeSpan elapsed) =>
        TimeSpan.FromMilliseconds(Math.Clamp(elapsed.TotalMilliseconds / 50, 5, 100));

    private async Task Handshake(ZmtpSocketType type, string identity, CancellationToken cancellationToken)
    {
        await SendBytes(ZmtpGreeting.Ours, cancellationToken).ConfigureAwait(false);
        await ReceiveGreeting(cancellationToken).ConfigureAwait(false);
        var ready = new ArrayBufferWriter<byte>();
        ZmtpCommand.WriteReady(type, identity, ready);
        await SendBytes(ready.WrittenMemory, cancellationToken).ConfigureAwait(false);
        if (await ReceiveEvent(cancellationToken).ConfigureAwait(false) != ZmtpEvent.Command || !IsReadyFor(type))
        {
            throw new ZmtpException("The other side is no such ZeroMQ socket");
        }

        if (type == ZmtpSocketType.Sub)
        {
            await SendBytes(SubscribeToAll, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReceiveGreeting(CancellationToken cancellationToken)
    {
        var greeting = new byte[ZmtpGreeting.Length];
        for (var filled = 0; ;)
        {
            var count = await _socket.ReceiveAsync(greeting.AsMemory(filled), cancellationToken).ConfigureAwait(false);
            filled += count > 0 ? count : throw new EndOfStreamException();
            switch (ZmtpGreeting.Check(greeting.AsSpan(0, filled)))
            {
                case OperationStatus.Done:
                    return;
                case OperationStatus.InvalidData:
                    throw new ZmtpException("The other side does not speak ZMTP 3 without security");
            }
        }
    }

    private bool IsReadyFor(ZmtpSocketType type) =>
        ZmtpCommand.TryParse(_decoder.Command.Span, out var name, out var data) && name.SequenceEqual(ZmtpCommand.Ready) && ZmtpCommand.IsReadyFor(type, data);

    private async ValueTask<ZmtpEvent> ReceiveEvent(CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = _decoder.Read();
            if (found == ZmtpEvent.Invalid)
            {
                throw new ZmtpException("The other side sent a malformed frame");
            }

            if (found != ZmtpEvent.NeedMoreData)
            {
                return found;
            }

            if (!_isBusy && _decoder.Release())
            {
                // Waits for bytes without a buffer for them. That costs a flood of small messages too much.
                await _socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            }

            var count = await _socket.ReceiveAsync(_decoder.GetMemory(), cancellationToken).ConfigureAwait(false);
            _decoder.Advance(count > 0 ? count : throw new EndOfStreamException());
            var now = _time.GetTimestamp();
            _isBusy = _time.GetElapsedTime(_lastReceived, now) < BusyInterval;
            _lastReceived = now;
        }
    }

    /// <summary>Does what the last command asks for; unknown ones are ignored.</summary>
    private async ValueTask Obey(CancellationToken cancellationToken)
    {
        if (Answer() is { } answer)
        {
            await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (await Write(answer).ConfigureAwait(false) is { } failure)
            {
                throw failure;
            }
        }
    }

    private ReadOnlyMemory<byte>? Answer()
    {
        if (!ZmtpCommand.TryParse(_decoder.Command.Span, out var name, out var data))
        {
            throw new ZmtpException("The other side sent a malformed command");
        }

        if (name.SequenceEqual(ZmtpCommand.Error))
        {
            throw new ZmtpException("The other side refuses the connection");
        }

        var pong = new ArrayBufferWriter<byte>();
        return name.SequenceEqual(ZmtpCommand.Ping) && ZmtpCommand.TryWritePong(data, pong) ? pong.WrittenMemory : null;
    }

    /// <summary>Writes while <see cref="_writing"/> is held, and lets go of it.</summary>
    /// <returns>What went wrong; never thrown, as nobody may be waiting any more.</returns>
    private async Task<Exception?> Write(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await SendBytes(bytes, CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return exception;
        }
        finally
        {
            _writing.Release();
        }
    }

    private async ValueTask SendBytes(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, cancellationToken).ConfigureAwait(false)..];
        }
    }
}
