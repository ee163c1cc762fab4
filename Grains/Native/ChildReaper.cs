using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// Learns of the end of children: one thread waits on their pidfds and reaps each by its own pid, so it never takes a child of anybody else in the
/// process (never <c>waitpid(-1)</c>).
/// </summary>
internal sealed class ChildReaper
{
    private const int StackBytes = 128 * 1024;
    private const int EventsPerWait = 64;

    // A failure is not kept: where the system had no thread to give, the next start tries again.
    private static readonly Lazy<ChildReaper> Lazy = new(() => new ChildReaper(), LazyThreadSafetyMode.PublicationOnly);

    private readonly int _epoll;

    /// <summary>The children being waited for, by pid: a pid is not reused before it is reaped here.</summary>
    private readonly ConcurrentDictionary<int, (ChildProcess Child, int Pidfd)> _children = new();

    private ChildReaper()
    {
        _epoll = LibC.epoll_create1(LibC.EPOLL_CLOEXEC);
        StartThread("child reaper", WaitForChildren);
    }

    public static ChildReaper Instance => Lazy.Value;

    /// <summary>Reports the end of <paramref name="child"/> to it, once.</summary>
    /// <returns>0, or the number of the error because of which nobody waits for it.</returns>
    public unsafe int TryWatch(ChildProcess child)
    {
        var pid = child.Pid;
        var pidfd = LibC.PidfdOpen(pid);
        if (pidfd < 0)
        {
            // Where there are no descriptors, a thread gets none either.
            var errno = Marshal.GetLastPInvokeError();
            return errno is PosixError.EMFILE or PosixError.ENFILE ? errno : TryWaitOnThread(child);
        }

        _children[pid] = (child, pidfd);
        var ev = EpollEvent.Create(LibC.EPOLLIN, pid);
        if (LibC.epoll_ctl(_epoll, LibC.EPOLL_CTL_ADD, pidfd, &ev) != 0)
        {
            _children.TryRemove(pid, out _);
            _ = LibC.close(pidfd);
            return TryWaitOnThread(child);
        }

        return 0;
    }

    /// <summary>An old kernel has no pidfd, or the user watches too much already: a thread of its own reaps the child.</summary>
    private static int TryWaitOnThread(ChildProcess child)
    {
        try
        {
            StartThread($"child {child.Pid}", () => child.Reap(blocking: true));
            return 0;
        }
        catch (OutOfMemoryException)
        {
            // What .NET says when the system gives it no thread.
            return PosixError.EAGAIN;
        }
    }

    private unsafe void WaitForChildren()
    {
        var events = stackalloc EpollEvent[EventsPerWait];
        while (true)
        {
            var count = LibC.epoll_wait(_epoll, events, EventsPerWait, -1);
            for (var i = 0; i < count; i++)
            {
                var pid = (int)EpollEvent.Read((byte*)events, i);
                if (_children.TryRemove(pid, out var entry))
                {
                    // Out of the set by hand: a copy of the descriptor in a child that is just being forked would keep it in.
                    _ = LibC.epoll_ctl(_epoll, LibC.EPOLL_CTL_DEL, entry.Pidfd, null);
                    _ = LibC.close(entry.Pidfd);
                    entry.Child.Reap(blocking: false);
                }
            }

            if (count < 0 && Marshal.GetLastPInvokeError() != PosixError.EINTR)
            {
                throw new InvalidOperationException($"epoll_wait failed with errno {Marshal.GetLastPInvokeError()}.");
            }
        }
    }

    private static void StartThread(string name, ThreadStart work) =>
        new Thread(work, StackBytes) { IsBackground = true, Name = name }.Start();
}
