using System.Runtime.InteropServices;

namespace ProjectSilo.Benchmarks;

/// <summary>The baseline of commands: the two system calls, and nothing around them.</summary>
internal static unsafe partial class BareSpawn
{
    public const int Sigterm = 15;

    /// <summary>Runs a program without arguments and environment, and waits for its end on this thread.</summary>
    public static void RunToEnd(string program)
    {
        var path = Marshal.StringToCoTaskMemUTF8(program);
        try
        {
            var argv = stackalloc nint[2] { path, 0 };
            nint noVariable = 0;
            int pid;
            int status;
            if (Spawn(&pid, path, 0, 0, argv, &noVariable) != 0 || WaitPid(pid, &status, 0) != pid || status != 0)
            {
                throw new InvalidOperationException($"{program} could not be run.");
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem(path);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    private static partial int Spawn(int* pid, nint path, nint actions, nint attributes, nint* argv, nint* environment);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitPid(int pid, int* status, int options);
}
