using System.Net;
using System.Net.Sockets;
using ProjectSilo.Grains.Kernels.Zmtp;

namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>Asks the kernel's heartbeat socket, while it is watched, whether it is alive: an empty frame and <c>ping</c>, which come back. The first time after an interval, so that what is quick costs nothing.</summary>
/// <remarks>One task beats at a time, and it alone uses the socket; a new one waits for the end of the one before.</remarks>
internal sealed class KernelHeartbeat(EndPoint endPoint, KernelConnectionOptions options, TimeProvider time) : IAsyncDisposable
{
    private const int MaxAnswerBytes = 1024;

    private static readonly ZmtpMessage Ping = ZmtpMessage.Of([], "ping"u8.ToArray());

    /// <summary>Protects <see cref="_watching"/>, <see cref="_beating"/> and <see cref="_isDisposed"/>.</summary>
    private readonly Lock _lock = new();

    private CancellationTokenSource? _watching;
    private Task _beating = Task.CompletedTask;
    private bool _isDisposed;
    private ZmtpSocket? _socket;
    private bool _isAsked;
    private volatile bool _isSilent;

    /// <summary>False while a heartbeat is unanswered for longer than <see cref="KernelConnectionOptions.HeartbeatTimeout"/>; true where nobody watches.</summary>
    public bool IsResponding => !_isSilent;

    /// <summary>Whether heartbeats are sent.</summary>
    public bool IsWatched
    {
        get
        {
            lock (_lock)
            {
                return _watching is not null;
            }
        }

        set
        {
            CancellationTokenSource? ended = null;
            lock (_lock)
            {
                if (value && !_isDisposed && _watching is null)
                {
                    _watching = new CancellationTokenSource();
                    var (previous, token) = (_beating, _watching.Token);
                    _beating = Task.Run(() => Beat(previous, token), CancellationToken.None);
                }
                else if (!value)
                {
                    (ended, _watching) = (_watching, null);
                }
            }

            ended?.Cancel();
            ended?.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task beating;
        lock (_lock)
        {
            _isDisposed = true;
            beating = _beating;
        }

        IsWatched = false;
        await beating.ConfigureAwait(false);
        _socket?.Dispose();
    }

    private async Task Beat(Task previous, CancellationToken cancellationToken)
    {
        await previous.ConfigureAwait(false);
        try
        {
            while (true)
            {
                await Task.Delay(options.HeartbeatInterval, time, cancellationToken).ConfigureAwait(false);
                await Ask(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody watches any more.
        }

        _isSilent = false;
    }

    private async Task Ask(CancellationToken cancellationToken)
    {
        var answer = Answer(cancellationToken);
        try
        {
            await answer.WaitAsync(options.HeartbeatTimeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _isSilent = true;
        }
        finally
        {
            // The socket is free again only now.
            await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _isSilent = !await answer.ConfigureAwait(false);
    }

    /// <summary>Asks, unless an answer of before is still to come, and waits for the answer.</summary>
    /// <returns>False if the socket broke.</returns>
    private async Task<bool> Answer(CancellationToken cancellationToken)
    {
        try
        {
            _socket ??= await ZmtpSocket.Connect(endPoint, ZmtpSocketType.Req, "", MaxAnswerBytes, time, cancellationToken).ConfigureAwait(false);
            if (!_isAsked)
            {
                _isAsked = true;
                await _socket.Send(Ping, cancellationToken).ConfigureAwait(false);
            }

            await _socket.Receive(cancellationToken).ConfigureAwait(false);
            _isAsked = false;
            return true;
        }
        catch (Exception exception) when (exception is SocketException or ZmtpException or EndOfStreamException)
        {
            _socket?.Dispose();
            _socket = null;
            _isAsked = false;
            return false;
        }
    }
}
