using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using ProjectSilo.Grains.Kernels.Zmtp;

namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>The sockets to one kernel (spec 10 §4).</summary>
/// <remarks>
/// <para>Threads: a loop a socket, which receives and adds to one queue, and is the only one to receive there; they run on the thread pool, never on a grain's turn. One reader takes from the queue
/// (<see cref="Messages"/>), and checks and reads what it takes: signature and JSON cost more than receiving, and iopub must be received at once. Whoever wants sends, under a lock a socket. So the order is kept within a channel, and between channels it is as the loops came to the queue: a reply on
/// <see cref="KernelChannel.Shell"/> may come before or after the <c>idle</c> on <see cref="KernelChannel.IoPub"/> that the kernel sent first.</para>
/// <para>End: when a socket ends, the others are read on for <see cref="KernelConnectionOptions.EndGrace"/>, then the queue ends with the error of the first.</para>
/// <para>At rest nothing runs: no timer, no buffer, four pending receives.</para>
/// </remarks>
internal sealed partial class KernelConnection : IAsyncDisposable
{
    private readonly ConnectionInfo _info;
    private readonly KernelConnectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KernelMessageQueue _queue;
    private readonly KernelHeartbeat _heartbeat;
    private readonly CancellationTokenSource _closing = new();
    private readonly Link?[] _links = new Link?[4];
    private Task _reading = Task.CompletedTask;
    private long _invalidMessages;
    private int _missing;

    private KernelConnection(ConnectionInfo info, KernelConnectionOptions options, TimeProvider time, ILogger logger)
    {
        _info = info;
        _options = options;
        _time = time;
        _logger = logger;
        _queue = new KernelMessageQueue(options.MaxWaitingBytes);
        _heartbeat = new KernelHeartbeat(info.EndPoint(info.HeartbeatPort), options, time);
    }

    /// <summary>The content of the <c>kernel_info_reply</c>, a JSON object.</summary>
    public ReadOnlyMemory<byte> KernelInfo { get; private set; }

    /// <summary>Messages that were dropped since they were not signed with our key, or no messages at all (spec 10 §4.2).</summary>
    public long InvalidMessages => Interlocked.Read(ref _invalidMessages);

    /// <summary>Messages left out so far, see <see cref="KernelMessage.Missing"/>.</summary>
    public long MissingMessages => _queue.Missing;

    /// <summary>Whether heartbeats are sent; off at first, so that an idle kernel costs nothing.</summary>
    public bool IsWatched
    {
        get => _heartbeat.IsWatched;
        set => _heartbeat.IsWatched = value;
    }

    /// <summary>False while a heartbeat is unanswered for longer than <see cref="KernelConnectionOptions.HeartbeatTimeout"/>; true where nobody watches.</summary>
    public bool IsResponding => _heartbeat.IsResponding;

    /// <summary>Sends a message. Messages of one channel arrive in the order of the calls.</summary>
    /// <param name="channel">Not <see cref="KernelChannel.IoPub"/>.</param>
    /// <param name="message">The message; not to be changed, even when the caller waits no longer.</param>
    /// <param name="cancellationToken">The caller waits no longer; a message that has begun to leave goes on leaving.</param>
    /// <exception cref="KernelConnectionException">The connection is broken or closed.</exception>
    public async ValueTask Send(KernelChannel channel, JupyterMessage message, CancellationToken cancellationToken)
    {
        Debug.Assert(channel != KernelChannel.IoPub, "A SUB doesn't send.");
        var link = _links[(int)channel]!;
        try
        {
            await link.Socket.Send(JupyterCodec.Encode(message, link.Signer), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw new KernelConnectionException("The connection to the kernel is closed", exception);
        }
    }

    /// <summary>
    /// The messages since the handshake, in the order of arrival a channel, until the connection is closed. One reader only.
    /// </summary>
    /// <exception cref="KernelConnectionException">The kernel closed its side, or broke the protocol; all that came before has been yielded.</exception>
    public async IAsyncEnumerable<KernelMessage> Messages([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await Take(cancellationToken).ConfigureAwait(false) is { } message)
        {
            yield return message;
        }
    }

    /// <summary>Closes the sockets; <see cref="Messages"/> ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Complete(null);
        await _closing.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        await _heartbeat.DisposeAsync().ConfigureAwait(false);
        CloseSockets();
        foreach (var link in _links)
        {
            link?.Signer.Dispose();
        }
    }

    private void CloseSockets()
    {
        foreach (var link in _links)
        {
            link?.Socket.Dispose();
        }
    }

    /// <summary>Reads all sockets until the first of them ends, and a little longer.</summary>
    private async Task ReadAll()
    {
        var loops = Array.ConvertAll(_links, link => Read(link!));
        var failure = await (await Task.WhenAny(loops).ConfigureAwait(false)).ConfigureAwait(false);
        var rest = Task.WhenAll(loops);
        await ((Task)rest).WaitAsync(_options.EndGrace, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _queue.Complete(failure);
        CloseSockets();
        await _closing.CancelAsync().ConfigureAwait(false);
        await rest.ConfigureAwait(false);
    }

    /// <summary>Reads a socket to its end.</summary>
    /// <returns>Why it ended; null if it was by us.</returns>
    private async Task<KernelConnectionException?> Read(Link link)
    {
        try
        {
            while (true)
            {
                var frames = await link.Socket.Receive(_closing.Token).ConfigureAwait(false);
                if (!frames.IsTooLarge)
                {
                    await _queue.Add(link.Channel, frames, _closing.Token).ConfigureAwait(false);
                }
                else if (link.Channel == KernelChannel.IoPub)
                {
                    _queue.AddMissing();
                }
                else
                {
                    // Somebody would wait for this reply for ever.
                    return new KernelConnectionException($"The kernel sent a message of more than {_options.MaxMessageBytes} bytes on its {link.Channel} socket");
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException || _closing.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception) when (exception is EndOfStreamException or SocketException)
        {
            return new KernelConnectionException("The kernel closed its connections", exception);
        }
        catch (ZmtpException exception)
        {
            return new KernelConnectionException($"The kernel broke the protocol on its {link.Channel} socket: {exception.Message}", exception);
        }
        catch (Exception exception)
        {
            LogFailed(exception, link.Channel);
            return new KernelConnectionException("The connection to the kernel failed", exception);
        }
    }

    /// <summary>The next message that is one; null at the end.</summary>
    private async ValueTask<KernelMessage?> Take(CancellationToken cancellationToken)
    {
        while (await _queue.Take(cancellationToken).ConfigureAwait(false) is (var channel, var frames, var missing))
        {
            JupyterMessage? message;
            try
            {
                JupyterCodec.TryParse(frames, _links[(int)channel]!.Signer, out message);
            }
            catch (ObjectDisposedException)
            {
                return null;
            }

            // What is missing before a message that is dropped is missing before the next one.
            _missing += missing;
            if (message is not null)
            {
                var told = channel == KernelChannel.IoPub ? _missing : 0;
                _missing -= told;
                return new KernelMessage(channel, message, told);
            }

            if (Interlocked.Increment(ref _invalidMessages) == 1)
            {
                LogInvalid(channel);
            }
        }

        return null;
    }

    private sealed record Link(KernelChannel Channel, ZmtpSocket Socket, MessageSigner Signer);
}
