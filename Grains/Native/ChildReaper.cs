using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// Learns of the end of one child by its pidfd and reaps it by its own pid, so it never takes a child of anybody else in the process (never <c>waitpid(-1)</c>).
/// </summary>
internal sealed class ChildReaper(ChildProcess child, int pidfd) : IDescriptorWaiter
{
    /// <summary>Reports the end of <paramref name="child"/> to it, once.</summary>
    /// <returns>0, or the number of the error because of which nobody waits for it.</returns>
    public static int TryWatch(ChildProcess child)
    {
        var pidfd = LibC.PidfdOpen(child.Pid);
        if (pidfd < 0)
        {
            // Where there are no descriptors, a thread gets none either.
            var errno = Marshal.GetLastPInvokeError();
            return errno is PosixError.EMFILE or PosixError.ENFILE ? errno : TryWaitOnThread(child);
        }

        if (DescriptorPoll.Instance.TryAdd(pidfd, new ChildReaper(child, pidfd), out _) == 0)
        {
            return 0;
        }

        _ = LibC.close(pidfd);
        return TryWaitOnThread(child);
    }

    /// <inheritdoc />
    public void Ready(long id)
    {
        DescriptorPoll.Instance.Remove(pidfd, id);
        _ = LibC.close(pidfd);
        child.Reap(blocking: false);
    }

    /// <summary>An old kernel has no pidfd, or the user watches too much already: a thread of its own reaps the child.</summary>
    private static int TryWaitOnThread(ChildProcess child)
    {
        try
        {
            SmallThread.Start($"child {child.Pid}", () => child.Reap(blocking: true));
            return 0;
        }
        catch (OutOfMemoryException)
        {
            // What .NET says when the system gives it no thread.
            return PosixError.EAGAIN;
        }
    }
}
