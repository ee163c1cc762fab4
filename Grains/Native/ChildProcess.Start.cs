using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

public sealed unsafe partial class ChildProcess
{
    private const string Setpriv = "/usr/bin/setpriv";
    private const string Shell = "/bin/sh";

    // Missing in musl and glibc before 2.34. There our own descriptors are close-on-exec anyhow, and those inherited at start are made so once.
    private static readonly bool HasCloseFrom = NativeLibrary.TryGetExport(
        NativeLibrary.GetMainProgramHandle(), "posix_spawn_file_actions_addclosefrom_np", out _) || CloseInheritedOnExec();

    /// <summary>
    /// Starts a program. Blocks for some milliseconds, and for as long as the working folder's or the program's file system hangs: call it on
    /// <see cref="BlockingWork"/>.
    /// </summary>
    /// <exception cref="PosixException">
    /// It could not be run, e.g. <c>ENOENT</c> for a missing program <i>or</i> working folder, <c>EACCES</c>, <c>E2BIG</c>, <c>EMFILE</c>; the call is
    /// <c>spawn {program}</c>, the path the program.
    /// </exception>
    /// <exception cref="ArgumentException">A string contains NUL, or an environment name is empty or contains <c>=</c>.</exception>
    public static ChildProcess Start(SpawnOptions options)
    {
        RequireNoNul(options);
        var activity = NativeInstruments.Source.StartActivity("process " + Path.GetFileName(options.Program), ActivityKind.Internal);
        var current = activity?.Parent;
        try
        {
            // Made before there is anything to reap: where the system gives it no thread, nothing is started.
            _ = DescriptorPoll.Instance;
            var child = Spawn(options, activity);
            activity?.SetTag("process.pid", child.Pid);
            activity?.SetTag("process.executable.name", Path.GetFileName(options.Program));
            NativeInstruments.ChildStarted();
            if (ChildReaper.TryWatch(child) is not 0 and var errno)
            {
                // Nobody would learn of its end: better none than one that is never reaped.
                child.KillGroup(LibC.SIGKILL);
                child.Kill(LibC.SIGKILL);
                child.Reap(blocking: true);
                child.Dispose();
                throw new PosixException(errno, $"spawn {options.Program}", options.Program);
            }

            return child;
        }
        catch (PosixException exception)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.Code);
            activity?.Dispose();
            throw;
        }
        finally
        {
            // The activity lasts as long as the process, not as long as this call.
            if (activity is not null)
            {
                Activity.Current = current;
            }
        }
    }

    private static ChildProcess Spawn(SpawnOptions options, Activity? activity)
    {
        var program = ProgramLookup.Find(options.Program, options.Environment, options.WorkingDirectory);
        var argv = Arguments(options, program, out var executable);
        var environment = options.Environment.Select(variable => $"{variable.Key}={variable.Value}").ToArray();

        Span<PipeEnds> pipes = stackalloc PipeEnds[3];
        pipes.Fill(PipeEnds.None);
        var started = false;
        try
        {
            OpenPipes(options, pipes);
            var errno = TrySpawn(options, executable, argv, environment, pipes, out var pid);
            if (errno == PosixError.ENOEXEC)
            {
                // A script without an interpreter line: run by the shell, as execvp does.
                errno = TrySpawn(options, Shell, ["sh", executable, .. argv.AsSpan()[1..]], environment, pipes, out pid);
            }

            if (errno != 0)
            {
                throw new PosixException(errno, $"spawn {options.Program}", options.Program);
            }

            started = true;
            SchedulerSlice.Set(pid, SchedulerSlice.Usual);
            LimitResources(pid, options);
            return new ChildProcess(pid, ToInput(pipes[0].Parent), ToOutput(pipes[1].Parent), ToOutput(pipes[2].Parent), activity);
        }
        finally
        {
            foreach (var pipe in pipes)
            {
                CloseIfOpen(pipe.Child);
                if (!started)
                {
                    CloseIfOpen(pipe.Parent);
                }
            }
        }
    }

    /// <summary>From here on, not from its first instruction: posix_spawn has nothing for it. What it starts has the same limits.</summary>
    private static void LimitResources(int pid, SpawnOptions options)
    {
        if (options.MaxMemoryBytes is { } memory)
        {
            Limit(pid, LibC.RLIMIT_DATA, (ulong)memory);
        }

        if (options.MaxFileBytes is { } file)
        {
            Limit(pid, LibC.RLIMIT_FSIZE, (ulong)file);
            Limit(pid, LibC.RLIMIT_CORE, 0);
        }
    }

    private static void Limit(int pid, int resource, ulong value)
    {
        ResourceLimit old;
        if (LibC.prlimit(pid, resource, null, &old) == 0)
        {
            // A limit that is lower already stays: only root may raise it.
            var limit = new ResourceLimit(Math.Min(value, old.Current), Math.Min(value, old.Maximum));
            _ = LibC.prlimit(pid, resource, &limit, null);
        }
    }

    private static ImmutableArray<string> Arguments(SpawnOptions options, string program, out string executable)
    {
        if (options.Uid is null && options.Gid is null)
        {
            executable = program;
            return [options.Program, .. options.Arguments];
        }

        if (LibC.geteuid() != 0)
        {
            throw new PosixException(PosixError.EPERM, $"spawn {options.Program}", options.Program);
        }

        executable = Setpriv;
        var change = ImmutableArray.CreateBuilder<string>();
        change.Add("setpriv");
        if (options.Uid is { } uid)
        {
            change.Add($"--reuid={uid}");
        }

        if (options.Gid is { } gid)
        {
            change.Add($"--regid={gid}");
        }

        return [.. change, "--clear-groups", "--", program, .. options.Arguments];
    }

    private static int TrySpawn(
        SpawnOptions options, string executable, ImmutableArray<string> argv, string[] environment, ReadOnlySpan<PipeEnds> pipes, out int pid)
    {
        var attributes = stackalloc byte[LibC.SizeOfSpawnAttributes];
        var actions = stackalloc byte[LibC.SizeOfFileActions];
        var signals = stackalloc byte[LibC.SizeOfSignalSet];
        Require(LibC.posix_spawnattr_init(attributes));
        Require(LibC.posix_spawn_file_actions_init(actions));
        using var argvArray = new CStringArray(argv);
        using var environmentArray = new CStringArray(environment);
        try
        {
            var flags = LibC.POSIX_SPAWN_SETSIGDEF | LibC.POSIX_SPAWN_SETSIGMASK;
            Require(LibC.posix_spawnattr_setflags(attributes, (short)(options.NewSession ? flags | LibC.POSIX_SPAWN_SETSID : flags)));
            Require(LibC.sigfillset(signals));
            Require(LibC.posix_spawnattr_setsigdefault(attributes, signals));
            Require(LibC.sigemptyset(signals));
            Require(LibC.posix_spawnattr_setsigmask(attributes, signals));

            AddStream(actions, 0, options.StandardInput, pipes[0].Child);
            AddOutput(actions, 1, options.StandardOutput, pipes[1].Child, options.StandardInput);
            AddOutput(actions, 2, options.StandardError, pipes[2].Child, options.StandardInput);
            if (HasCloseFrom)
            {
                Require(LibC.posix_spawn_file_actions_addclosefrom_np(actions, 3));
            }

            Require(LibC.posix_spawn_file_actions_addchdir_np(actions, options.WorkingDirectory));

            fixed (byte* path = Encoding.UTF8.GetBytes(executable + '\0'))
            fixed (int* pidOut = &pid)
            {
                return LibC.posix_spawn(pidOut, path, actions, attributes, argvArray.Pointer, environmentArray.Pointer);
            }
        }
        finally
        {
            _ = LibC.posix_spawn_file_actions_destroy(actions);
            _ = LibC.posix_spawnattr_destroy(attributes);
        }
    }

    private static void AddStream(byte* actions, int fd, ChildStream stream, int pipeEnd)
    {
        if (stream.Path is { } path)
        {
            Require(LibC.posix_spawn_file_actions_addopen(actions, fd, path, stream.Flags, 0x1B6 /* 0666 */));
        }
        else
        {
            Require(LibC.posix_spawn_file_actions_adddup2(actions, pipeEnd, fd));
        }
    }

    /// <summary>What is also the input, as a terminal is, is opened once.</summary>
    private static void AddOutput(byte* actions, int fd, ChildStream stream, int pipeEnd, ChildStream input)
    {
        if (stream.Path is not null && ReferenceEquals(stream, input))
        {
            Require(LibC.posix_spawn_file_actions_adddup2(actions, 0, fd));
        }
        else
        {
            AddStream(actions, fd, stream, pipeEnd);
        }
    }

    private static void OpenPipes(SpawnOptions options, Span<PipeEnds> pipes)
    {
        var fds = stackalloc int[2];
        ReadOnlySpan<ChildStream> streams = [options.StandardInput, options.StandardOutput, options.StandardError];
        for (var i = 0; i < streams.Length; i++)
        {
            if (streams[i].Path is not null)
            {
                continue;
            }

            var errno = DescriptorReserve.TryOpenPipe(fds);
            if (errno != 0)
            {
                throw new PosixException(errno, $"spawn {options.Program}", options.Program);
            }

            pipes[i] = i == 0 ? new PipeEnds(fds[0], fds[1]) : new PipeEnds(fds[1], fds[0]);
        }
    }

    /// <summary>Preparing a start fails only for want of memory.</summary>
    private static void Require(int errno)
    {
        if (errno != 0)
        {
            throw new PosixException(errno, "posix_spawn");
        }
    }

    private static ChildInput? ToInput(int fd) => fd < 0 ? null : new ChildInput(fd);

    private static ChildOutput? ToOutput(int fd) => fd < 0 ? null : new ChildOutput(fd);

    private static void CloseIfOpen(int fd)
    {
        if (fd >= 0)
        {
            _ = LibC.close(fd);
        }
    }

    private static void RequireNoNul(SpawnOptions options)
    {
        var strings = options.Arguments
            .Concat(options.Environment.SelectMany(variable => new[] { variable.Key, variable.Value }))
            .Append(options.Program)
            .Append(options.WorkingDirectory);
        if (strings.Any(text => text.Contains('\0', StringComparison.Ordinal)))
        {
            throw new ArgumentException("The program, its arguments, its folder and its environment must not contain null bytes.");
        }

        if (options.Environment.Keys.Any(name => name.Length == 0 || name.Contains('=', StringComparison.Ordinal)))
        {
            throw new ArgumentException("The name of an environment variable must not be empty or contain '='.");
        }
    }

    /// <returns>False: there is no closefrom.</returns>
    private static bool CloseInheritedOnExec()
    {
        const int F_SETFD = 2;
        const int FD_CLOEXEC = 1;
        foreach (var entry in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            if (int.TryParse(Path.GetFileName(entry), out var fd) && fd > 2)
            {
                _ = LibC.fcntl(fd, F_SETFD, FD_CLOEXEC);
            }
        }

        return false;
    }

    /// <summary>Both ends of a pipe; -1: none.</summary>
    private readonly record struct PipeEnds(int Child, int Parent)
    {
        public static readonly PipeEnds None = new(-1, -1);
    }
}
