using System.Net.Sockets;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// The daemon's end of a pipe to a child. Read and written through the runtime's own poller, so that no thread waits; backpressure is not reading.
/// </summary>
public sealed class ChildPipe : IDisposable
{
    // A Socket over a descriptor that is no socket reads and writes it with read(2) and write(2) when it is ready: the runtime's one epoll loop serves it.
    private readonly Socket _socket;

    internal ChildPipe(int fd) => _socket = new Socket(new SafeSocketHandle(fd, ownsHandle: true));

    /// <summary>Reads what is there, waiting for at least one byte; 0 at end of file.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // EIO: the other side of a terminal is gone. A pipe has no other errors than end of file.
            return 0;
        }
    }

    /// <summary>Lets the pipe hold as much as anybody may ask for, so that a flood is read in large portions. Refused beyond the user's share; nothing depends on it.</summary>
    public void Enlarge()
    {
        const int F_SETPIPE_SZ = 1031;
        const int Bytes = 1024 * 1024;
        _ = LibC.fcntl((int)_socket.Handle, F_SETPIPE_SZ, Bytes);
    }

    /// <summary>Writes all of <paramref name="buffer"/>.</summary>
    /// <exception cref="SocketException">The child closed its end.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        while (buffer.Length > 0)
        {
            var count = await _socket.SendAsync(buffer, cancellationToken).ConfigureAwait(false);
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();
}
