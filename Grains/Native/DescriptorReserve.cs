using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// The last descriptors of the process, which are left to the runtime. A thread of .NET needs two to start, and where the thread pool gets none for a thread that it
/// wants, it drops the work that it had just taken from its queue: an answer is never sent, or no socket is heard any more. So commands and connections are refused
/// before that. The kernel gives the lowest free number: a descriptor with a high one means that few are left.
/// </summary>
public static unsafe class DescriptorReserve
{
    /// <summary>What connections leave: enough for as many threads as start at once, and for files and assemblies that are just being opened.</summary>
    private const ulong LeftByConnections = 32;

    /// <summary>What commands leave: so that hubs still get in.</summary>
    private const ulong LeftByCommands = 64;

    /// <summary>Under a small limit no larger part of it is left.</summary>
    private const ulong LargestPart = 4;

    /// <summary>Whether a connection with this descriptor takes what connections shall leave.</summary>
    public static bool IsTakenByConnection(int fd) => IsAmongLast(fd, LeftByConnections);

    /// <summary>Makes a pipe for a command, close-on-exec.</summary>
    /// <returns>0, or the error's number.</returns>
    internal static int TryOpenPipe(int* ends)
    {
        if (LibC.pipe2(ends, LibC.O_CLOEXEC) != 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        if (!IsAmongLast(Math.Max(ends[0], ends[1]), LeftByCommands))
        {
            return 0;
        }

        _ = LibC.close(ends[0]);
        _ = LibC.close(ends[1]);
        return PosixError.EMFILE;
    }

    private static bool IsAmongLast(int fd, ulong count)
    {
        ResourceLimit limit;
        return LibC.getrlimit(LibC.RLIMIT_NOFILE, &limit) == 0 && (ulong)fd >= limit.Current - Math.Min(count, limit.Current / LargestPart);
    }
}
