using System.Globalization;
using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>The nice value of a process. To Linux each thread has its own, and <c>setpriority</c> of a process changes that of its first thread only.</summary>
internal static class Niceness
{
    /// <summary>That of all processes of a project that nobody pays for.</summary>
    public const int FreeProject = 18;

    /// <summary>Raises the nice value of all threads that have a lower one.</summary>
    /// <returns>0, or the number of the last error; what has ended is none.</returns>
    public static int Raise(int pid, int nice)
    {
        var errno = 0;
        try
        {
            foreach (var folder in Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task")))
            {
                if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var thread)
                    && LibC.getpriority(LibC.PRIO_PROCESS, thread) < nice
                    && LibC.setpriority(LibC.PRIO_PROCESS, thread, nice) != 0
                    && Marshal.GetLastPInvokeError() is var failure and not PosixError.ESRCH)
                {
                    errno = failure;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended.
        }

        return errno;
    }
}
