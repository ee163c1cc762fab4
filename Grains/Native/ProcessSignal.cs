using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>Sends signals that a user asked for, but never to everything or to the daemon itself (spec 09 §3).</summary>
internal static class ProcessSignal
{
    /// <summary>As <c>kill(2)</c>: <paramref name="pid"/> is a process, or a process group if negative.</summary>
    /// <returns>0, or the errno.</returns>
    public static int Send(int pid, int signal)
    {
        if (IsForbidden(pid))
        {
            return PosixError.EPERM;
        }

        return LibC.kill(pid, signal) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>0, 1 and -1 mean the daemon's own group, init and everything.</summary>
    private static bool IsForbidden(int pid) => pid is 0 or 1 or -1 || pid == Environment.ProcessId || pid == -LibC.getpgrp();
}
