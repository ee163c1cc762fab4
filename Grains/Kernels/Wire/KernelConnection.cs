using Microsoft.Extensions.Logging;

namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>The sockets to one kernel (spec 10 §4).</summary>
internal sealed class KernelConnection : IAsyncDisposable
{
    /// <summary>The content of the <c>kernel_info_reply</c>, a JSON object.</summary>
    public ReadOnlyMemory<byte> KernelInfo => throw new NotImplementedException();

    /// <summary>Messages that were dropped since they were not signed with our key, or no messages at all (spec 10 §4.2).</summary>
    public long InvalidMessages => throw new NotImplementedException();

    /// <summary>Messages left out so far, see <see cref="KernelMessage.Missing"/>.</summary>
    public long MissingMessages => throw new NotImplementedException();

    /// <summary>Whether heartbeats are sent; off at first, so that an idle kernel costs nothing.</summary>
    public bool IsWatched { get => throw new NotImplementedException(); set => throw new NotImplementedException(); }

    /// <summary>False while a heartbeat is unanswered for longer than <see cref="KernelConnectionOptions.HeartbeatTimeout"/>.</summary>
    public bool IsResponding => throw new NotImplementedException();

    /// <summary>Connects to a kernel that may be just starting, and waits until its shell answers and its iopub is live (spec 10 §4.4).</summary>
    /// <param name="info">Where it is.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">What goes wrong.</param>
    /// <param name="cancellationToken">The process has ended, or nobody wants it any more.</param>
    /// <exception cref="KernelConnectionException">There is no answer in time, or what answers is no kernel.</exception>
    /// <exception cref="OperationCanceledException">By the token.</exception>
    public static Task<KernelConnection> Connect(
        ConnectionInfo info, KernelConnectionOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Sends a message. Messages of one channel arrive in the order of the calls.</summary>
    /// <param name="channel">Not <see cref="KernelChannel.IoPub"/>.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">The caller waits no longer; a message that has begun to leave goes on leaving.</param>
    /// <exception cref="KernelConnectionException">The connection is broken or closed.</exception>
    public ValueTask Send(KernelChannel channel, JupyterMessage message, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>
    /// The messages since the handshake, in the order of arrival a channel, until the connection is closed. One reader only.
    /// </summary>
    /// <exception cref="KernelConnectionException">The kernel closed its side, or broke the protocol; all that came before has been yielded.</exception>
    public IAsyncEnumerable<KernelMessage> Messages(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Closes the sockets; <see cref="Messages"/> ends.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
