using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace ProjectSilo.Grains.Native;

/// <summary>The daemon's end of a child's stdin. Few commands are ever sent anything: what that needs is made with the first write.</summary>
public sealed class ChildInput : IDisposable
{
    /// <summary>Guards what follows.</summary>
    private readonly Lock _lock = new();
    private readonly SafeFileHandle _handle;
    private Socket? _socket;

    internal ChildInput(int fd) => _handle = new SafeFileHandle(fd, ownsHandle: true);

    /// <summary>Writes all of <paramref name="buffer"/>; no thread waits.</summary>
    /// <exception cref="SocketException">The child closed its end.</exception>
    /// <exception cref="ObjectDisposedException">It was closed here.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        var socket = Open();
        while (buffer.Length > 0)
        {
            var count = await socket.SendAsync(buffer, cancellationToken).ConfigureAwait(false);
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _socket?.Dispose();
            _handle.Dispose();
        }
    }

    private Socket Open()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);

            // A Socket over a descriptor that is no socket writes it with write(2) when it is ready: the runtime's one epoll loop serves it. It is closed by its handle.
            return _socket ??= new Socket(new SafeSocketHandle(_handle.DangerousGetHandle(), ownsHandle: false));
        }
    }
}
