using System.Runtime.InteropServices;

namespace ProjectSilo.Benchmarks;

/// <summary>The baseline of commands: the two system calls, and nothing around them.</summary>
internal static unsafe partial class BareSpawn
{
    public const int Sigterm = 15;

    /// <summary>Runs a program without environment, and waits for its end on this thread.</summary>
    public static void RunToEnd(string program, params ReadOnlySpan<string> arguments)
    {
        var argv = new nint[arguments.Length + 2];
        argv[0] = Marshal.StringToCoTaskMemUTF8(program);
        for (var i = 0; i < arguments.Length; i++)
        {
            argv[i + 1] = Marshal.StringToCoTaskMemUTF8(arguments[i]);
        }

        try
        {
            nint noVariable = 0;
            int pid;
            int status;
            fixed (nint* pointer = argv)
            {
                if (Spawn(&pid, argv[0], 0, 0, pointer, &noVariable) != 0 || WaitPid(pid, &status, 0) != pid || status != 0)
                {
                    throw new InvalidOperationException($"{program} could not be run.");
                }
            }
        }
        finally
        {
            Array.ForEach(argv, Marshal.FreeCoTaskMem);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    private static partial int Spawn(int* pid, nint path, nint actions, nint attributes, nint* argv, nint* environment);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitPid(int pid, int* status, int options);
}
