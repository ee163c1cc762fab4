using System.Diagnostics;
using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// A child process, and the one way to start one (architecture decision 12): <c>posix_spawn</c> with exact descriptors, default signal dispositions, an empty
/// signal mask, its own session, folder and environment. Its end is reported raw, death by signal included.
/// </summary>
public sealed partial class ChildProcess : IDisposable
{
    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Guards <see cref="_reaped"/> against <see cref="Kill"/>: a pid is never signalled once it may belong to somebody else.</summary>
    private readonly Lock _lock = new();
    private readonly Activity? _activity;
    private bool _reaped;

    private ChildProcess(int pid, ChildInput? input, ChildOutput? output, ChildOutput? error, Activity? activity)
    {
        Pid = pid;
        StandardInput = input;
        StandardOutput = output;
        StandardError = error;
        _activity = activity;
    }

    /// <summary>The pid of the program itself: no wrapper stands between. With an own session also its process group and session.</summary>
    public int Pid { get; }

    /// <summary>The write end of the child's stdin, if that is a pipe. It stays open until <see cref="Dispose"/>.</summary>
    public ChildInput? StandardInput { get; }

    /// <summary>The read end of the child's stdout, if that is a pipe.</summary>
    public ChildOutput? StandardOutput { get; }

    /// <summary>The read end of the child's stderr, if that is a pipe.</summary>
    public ChildOutput? StandardError { get; }

    /// <summary>Completes when the process itself has ended and is reaped; its descendants may live on.</summary>
    public Task<ExitStatus> Exited => _exited.Task;

    /// <summary>Sends <paramref name="signal"/> to the process, if it has not ended yet.</summary>
    public void Kill(int signal)
    {
        lock (_lock)
        {
            if (!_reaped)
            {
                _ = LibC.kill(Pid, signal);
            }
        }
    }

    /// <summary>
    /// Sends <paramref name="signal"/> to its process group (of a child with its own session), also to what is left of it when the process itself has ended.
    /// </summary>
    public void KillGroup(int signal)
    {
        lock (_lock)
        {
            // The kernel gives no process a pid that still names a group: where no process has ours, a group of that number is ours.
            if (!_reaped || LibC.kill(Pid, 0) != 0)
            {
                _ = LibC.kill(-Pid, signal);
            }
        }
    }

    /// <summary>Sends <paramref name="signal"/> to its process group if the process itself has not ended yet.</summary>
    /// <returns>False if it has.</returns>
    public bool TryKillGroup(int signal)
    {
        lock (_lock)
        {
            return !_reaped && LibC.kill(-Pid, signal) == 0;
        }
    }

    /// <summary>Closes the daemon's ends of the pipes. The process is not touched and is still reaped.</summary>
    public void Dispose()
    {
        StandardInput?.Dispose();
        StandardOutput?.Dispose();
        StandardError?.Dispose();
    }

    /// <summary>Takes the exit status from the kernel and publishes it.</summary>
    internal unsafe void Reap(bool blocking)
    {
        int status;
        int result;
        if (blocking)
        {
            // Wait outside the lock without reaping: kill must stay possible meanwhile.
            WaitUntilWaitable();
        }

        lock (_lock)
        {
            do
            {
                result = LibC.waitpid(Pid, &status, LibC.WNOHANG);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() == PosixError.EINTR);

            _reaped = true;
        }

        // First of all: nothing after it, listeners to the trace among them, can keep the end from those who wait for it.
        var exit = result == Pid ? ExitStatus.FromWaitStatus(status) : new ExitStatus(null, LibC.SIGKILL);
        _exited.SetResult(exit);
        NativeInstruments.ChildEnded();
        _activity?.SetTag("process.exit.code", exit.Code);
        _activity?.SetTag("process.exit.signal", exit.Signal);
        _activity?.Dispose();
    }

    private unsafe void WaitUntilWaitable()
    {
        // siginfo_t is 128 bytes; only the return value is of interest.
        var info = stackalloc byte[128];
        while (LibC.waitid(LibC.P_PID, (uint)Pid, info, LibC.WEXITED | LibC.WNOWAIT) < 0 && Marshal.GetLastPInvokeError() == PosixError.EINTR)
        {
        }
    }
}
