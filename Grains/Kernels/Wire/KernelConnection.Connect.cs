using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using ProjectSilo.Grains.Kernels.Zmtp;

namespace ProjectSilo.Grains.Kernels.Wire;

/// <content>The start, in the order of spec 10 §4.4.</content>
internal sealed partial class KernelConnection
{
    private const string KernelInfoRequest = "kernel_info_request";
    private const string KernelInfoReply = "kernel_info_reply";
    private const string StartFailed = "Failed to start kernel process -- ";

    /// <summary>Connects to a kernel that may be just starting, and waits until its shell answers and its iopub is live (spec 10 §4.4).</summary>
    /// <remarks>A process that ends meanwhile may show as an error before its end is noticed: whoever watches it should look at it first.</remarks>
    /// <param name="info">Where it is.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">What goes wrong.</param>
    /// <param name="cancellationToken">The process has ended, or nobody wants it any more.</param>
    /// <exception cref="KernelConnectionException">There is no answer in time, or what answers is no kernel.</exception>
    /// <exception cref="OperationCanceledException">By the token.</exception>
    public static async Task<KernelConnection> Connect(
        ConnectionInfo info, KernelConnectionOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.StartTimeout, time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var connection = new KernelConnection(info, options, time, logger);
        var isReady = false;
        try
        {
            await connection.OpenSockets(waiting.Token).ConfigureAwait(false);
            await connection.Handshake(waiting.Token).ConfigureAwait(false);
            isReady = true;
            return connection;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KernelConnectionException(StartFailed + "timeout", exception);
        }
        catch (Exception exception) when (exception is ZmtpException or SocketException or KernelConnectionException)
        {
            throw new KernelConnectionException(StartFailed + exception.Message, exception);
        }
        finally
        {
            if (!isReady)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>First iopub with its subscription, which takes time to arrive.</summary>
    private async Task OpenSockets(CancellationToken cancellationToken)
    {
        // The same for all three: the kernel finds the stdin of whoever asked on shell by it.
        var identity = Guid.NewGuid().ToString();
        await Open(KernelChannel.IoPub, ZmtpSocketType.Sub, "", cancellationToken).ConfigureAwait(false);
        await Open(KernelChannel.Shell, ZmtpSocketType.Dealer, identity, cancellationToken).ConfigureAwait(false);
        await Open(KernelChannel.Stdin, ZmtpSocketType.Dealer, identity, cancellationToken).ConfigureAwait(false);
        await Open(KernelChannel.Control, ZmtpSocketType.Dealer, identity, cancellationToken).ConfigureAwait(false);
        _reading = Task.Run(ReadAll, CancellationToken.None);
    }

    private async Task Open(KernelChannel channel, ZmtpSocketType type, string identity, CancellationToken cancellationToken)
    {
        var socket = await ZmtpSocket.Connect(_info.EndPoint(_info.Port(channel)), type, identity, _options.MaxMessageBytes, _time, cancellationToken).ConfigureAwait(false);
        _links[(int)channel] = new Link(channel, socket, new MessageSigner(_info.Key));
    }

    /// <summary>Asks until the answer and a message of iopub have come; what else comes belongs to nobody.</summary>
    private async Task Handshake(CancellationToken cancellationToken)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asking = AskForInfo(done.Token);
        try
        {
            for (var isLive = false; !isLive || KernelInfo.IsEmpty;)
            {
                var (channel, message, _) = await Take(cancellationToken).ConfigureAwait(false) ?? throw new KernelConnectionException("The kernel closed its connections");
                isLive |= channel == KernelChannel.IoPub;
                if (channel == KernelChannel.Shell && message.MessageType == KernelInfoReply)
                {
                    KernelInfo = message.Content;
                }
            }
        }
        finally
        {
            await done.CancelAsync().ConfigureAwait(false);
            await asking.ConfigureAwait(false);
        }
    }

    private async Task AskForInfo(CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(_options.HandshakeInterval, _time);
            do
            {
                var request = JupyterMessage.Create(KernelInfoRequest, $"{KernelInfoRequest}_{Guid.NewGuid()}", "{}"u8.ToArray(), _time.GetUtcNow());
                await Send(KernelChannel.Shell, request, cancellationToken).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is OperationCanceledException or KernelConnectionException)
        {
            // The handshake is over; or the sockets are closed, which their readers tell.
        }
    }
}
