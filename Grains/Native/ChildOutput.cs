using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using Microsoft.Win32.SafeHandles;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// The daemon's end of what a child prints. No thread waits for it but the one of <see cref="DescriptorPoll"/>; backpressure is not reading. One read at a time.
/// </summary>
public sealed class ChildOutput : IValueTaskSource<int>, IDescriptorWaiter, IDisposable
{
    private const int NothingYet = -1;

    private readonly SafeFileHandle _handle;
    private readonly int _fd;

    /// <summary>Guards all that follows. What is waited for is completed outside it.</summary>
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<int> _read;
    private Memory<byte> _buffer;
    private CancellationToken _cancellationToken;
    private CancellationTokenRegistration _cancellation;
    private bool _isWaiting;
    private bool _isDisposed;

    /// <summary>0 until it is polled.</summary>
    private long _id;

    internal unsafe ChildOutput(int fd)
    {
        _handle = new SafeFileHandle(fd, ownsHandle: true);
        _fd = fd;

        // Of this end: the child's stays as programs expect it.
        _ = LibC.fcntl(fd, LibC.F_SETFL, LibC.O_NONBLOCK);
    }

    /// <summary>
    /// Whether what waits for a read goes on on the thread that polls all children. For code that only stores what came, and not much of it: it saves the waking of a thread.
    /// </summary>
    public bool ContinuesOnPollThread { get; set; }

    /// <summary>Reads what is there, waiting for at least one byte; 0 at end of file, and after <see cref="Dispose"/>.</summary>
    /// <exception cref="PosixException">The system watches no more descriptors for this user.</exception>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        lock (_lock)
        {
            if (_isWaiting)
            {
                throw new InvalidOperationException("The output of a child is being read already.");
            }

            var count = _isDisposed ? 0 : Read(buffer.Span);
            if (count != NothingYet)
            {
                return new ValueTask<int>(count);
            }

            _read.Reset();
            _read.RunContinuationsAsynchronously = !ContinuesOnPollThread;
            _buffer = buffer;
            Poll();
            _isWaiting = true;
            _cancellationToken = cancellationToken;
            _cancellation = cancellationToken.UnsafeRegister(static output => ((ChildOutput)output!).Cancel(), this);
            return new ValueTask<int>(this, _read.Version);
        }
    }

    /// <summary>Lets the pipe hold as much as anybody may ask for, so that a flood is read in large portions. Refused beyond the user's share; nothing depends on it.</summary>
    public void Enlarge()
    {
        const int F_SETPIPE_SZ = 1031;
        const int Bytes = 1024 * 1024;
        _ = LibC.fcntl(_fd, F_SETPIPE_SZ, Bytes);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            if (_id != 0)
            {
                DescriptorPoll.Instance.Remove(_fd, _id);
            }

            _handle.Dispose();
            if (!TryEnd())
            {
                return;
            }
        }

        _read.SetResult(0);
    }

    /// <inheritdoc />
    void IDescriptorWaiter.Ready(long id)
    {
        int count;
        lock (_lock)
        {
            if (!_isWaiting)
            {
                return;
            }

            count = Read(_buffer.Span);
            if (count == NothingYet)
            {
                DescriptorPoll.Instance.Arm(_fd, _id);
                return;
            }

            _ = TryEnd();
        }

        _read.SetResult(count);
    }

    int IValueTaskSource<int>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    private void Cancel()
    {
        CancellationToken cancelled;
        lock (_lock)
        {
            // This may be the cancellation of an earlier read, come late.
            cancelled = _cancellationToken;
            if (!cancelled.IsCancellationRequested || !TryEnd())
            {
                return;
            }
        }

        _read.SetException(new OperationCanceledException(cancelled));
    }

    /// <returns>False if no read waits.</returns>
    private bool TryEnd()
    {
        if (!_isWaiting)
        {
            return false;
        }

        _isWaiting = false;
        _buffer = default;
        _cancellation.Unregister();
        return true;
    }

    private void Poll()
    {
        if (_id != 0)
        {
            DescriptorPoll.Instance.Arm(_fd, _id);
        }
        else if (DescriptorPoll.Instance.TryAdd(_fd, this, out _id) is not 0 and var errno)
        {
            _id = 0;
            throw new PosixException(errno, "epoll_ctl");
        }
    }

    /// <returns>How many bytes; 0 at the end; or <see cref="NothingYet"/>.</returns>
    private unsafe int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = LibC.read(_fd, start, (nuint)buffer.Length);
                if (count >= 0)
                {
                    return (int)count;
                }

                switch (Marshal.GetLastPInvokeError())
                {
                    case PosixError.EINTR:
                        continue;
                    case PosixError.EAGAIN:
                        return NothingYet;
                    default:
                        // EIO: the other side of a terminal is gone. A pipe has no other errors than end of file.
                        return 0;
                }
            }
        }
    }
}
