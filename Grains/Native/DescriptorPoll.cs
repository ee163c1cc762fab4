using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// One thread that waits until children have printed or ended. A short command closes its output and ends in one moment: this thread then takes both in one go, while
/// the runtime's poller for sockets would wake a thread of the pool for each stream.
/// </summary>
internal sealed class DescriptorPoll
{
    private const int EventsPerWait = 64;
    private const uint Armed = LibC.EPOLLIN | LibC.EPOLLONESHOT;

    // A failure is not kept: where the system had no thread to give, the next start tries again.
    private static readonly Lazy<DescriptorPoll> Lazy = new(() => new DescriptorPoll(), LazyThreadSafetyMode.PublicationOnly);

    [ThreadStatic]
    private static bool _isPollThread;

    private readonly int _epoll;

    /// <summary>By a number of our own: that of a descriptor may be another's when its event is looked at.</summary>
    private readonly ConcurrentDictionary<long, IDescriptorWaiter> _waiters = new();
    private long _lastId;

    private unsafe DescriptorPoll()
    {
        _epoll = LibC.epoll_create1(LibC.EPOLL_CLOEXEC);
        SmallThread.Start("children", Run);
    }

    public static DescriptorPoll Instance => Lazy.Value;

    /// <summary>For what is about to do more than to store what came: goes on elsewhere if this is the thread that all others' output waits for.</summary>
    public static async ValueTask LeaveThread()
    {
        if (_isPollThread)
        {
            await Task.Yield();
        }
    }

    /// <summary>Begins to poll <paramref name="fd"/>, armed.</summary>
    /// <returns>0, or the number of the error because of which it isn't polled.</returns>
    public unsafe int TryAdd(int fd, IDescriptorWaiter waiter, out long id)
    {
        id = Interlocked.Increment(ref _lastId);
        _waiters[id] = waiter;
        var ev = EpollEvent.Create(Armed, id);
        if (LibC.epoll_ctl(_epoll, LibC.EPOLL_CTL_ADD, fd, &ev) == 0)
        {
            return 0;
        }

        var errno = Marshal.GetLastPInvokeError();
        _waiters.TryRemove(id, out _);
        return errno;
    }

    /// <summary>Polls it again, once.</summary>
    public unsafe void Arm(int fd, long id)
    {
        var ev = EpollEvent.Create(Armed, id);
        _ = LibC.epoll_ctl(_epoll, LibC.EPOLL_CTL_MOD, fd, &ev);
    }

    /// <summary>Ends the polling of <paramref name="fd"/>, before it is closed: a copy of it in a child that is just being forked would keep it in the set.</summary>
    public unsafe void Remove(int fd, long id)
    {
        _waiters.TryRemove(id, out _);
        _ = LibC.epoll_ctl(_epoll, LibC.EPOLL_CTL_DEL, fd, null);
    }

    private unsafe void Run()
    {
        _isPollThread = true;
        var events = stackalloc EpollEvent[EventsPerWait];
        while (true)
        {
            var count = LibC.epoll_wait(_epoll, events, EventsPerWait, -1);
            for (var i = 0; i < count; i++)
            {
                var id = EpollEvent.Read((byte*)events, i);
                if (_waiters.TryGetValue(id, out var waiter))
                {
                    waiter.Ready(id);
                }
            }

            if (count < 0 && Marshal.GetLastPInvokeError() != PosixError.EINTR)
            {
                throw new InvalidOperationException($"epoll_wait failed with errno {Marshal.GetLastPInvokeError()}.");
            }
        }
    }
}
