namespace ProjectSilo.Grains.Native;

/// <summary>
/// The daemon's own process as the C library and the kernel see it. .NET works on a copy of the environment, and keeps its signal handlers to itself.
/// </summary>
public static class OwnProcess
{
    private const nint SIG_DFL = 0;

    /// <summary>Sets a variable for this process and the libraries in it. Call it while no other thread reads the environment.</summary>
    public static void SetVariable(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        _ = LibC.setenv(name, value, 1);
    }

    /// <summary>
    /// Removes a variable from this process. With <paramref name="wipe"/> its value is overwritten first, since <c>/proc/self/environ</c> goes on
    /// showing the memory that the process was started with. Call it while no other thread reads the environment.
    /// </summary>
    public static unsafe void RemoveVariable(string name, bool wipe = false)
    {
        if (wipe)
        {
            for (var value = LibC.getenv(name); value is not null && *value != 0; value++)
            {
                *value = 0;
            }
        }

        Environment.SetEnvironmentVariable(name, null);
        _ = LibC.unsetenv(name);
    }

    /// <summary>
    /// Asks the scheduler for short slices for all threads of this process, and those they will start: a thread that wakes to answer somebody runs before those that
    /// compute, for a shorter time each. Its share of the processors stays as it is, and no privilege is needed. Kernels before 6.12 don't know it.
    /// </summary>
    public static void RequestShortSlices()
    {
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            if (int.TryParse(Path.GetFileName(thread), out var id))
            {
                SchedulerSlice.Set(id, SchedulerSlice.Short);
            }
        }
    }

    /// <summary>Has this process, and those that it will start, give way to others as the processes of a project that nobody pays for do (spec 01 §8).</summary>
    public static void GiveWay() => Niceness.Raise(Environment.ProcessId, Niceness.FreeProject);

    /// <summary>
    /// Ends this process by <paramref name="signal"/>, so that its parent sees a death by that signal and not an exit code. Returns only if the
    /// signal does not end processes.
    /// </summary>
    public static void DieBySignal(int signal)
    {
        _ = LibC.signal(signal, SIG_DFL);
        _ = LibC.kill(Environment.ProcessId, signal);
    }

    /// <summary>Ends this process at once with <paramref name="code"/>: no handler runs, nothing is flushed. For when nothing in it works any more.</summary>
    public static void ExitAtOnce(int code) => LibC._exit(code);
}
