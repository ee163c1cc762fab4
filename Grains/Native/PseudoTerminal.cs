using System.Globalization;
using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// A pseudo terminal: the daemon has its master, and the program that is started on it has it as its controlling terminal, so that job control and Ctrl-C work
/// (spec 11 §7).
/// </summary>
internal sealed unsafe class PseudoTerminal : IDisposable
{
    private const string Multiplexer = "/dev/ptmx";
    private const int F_DUPFD_CLOEXEC = 1030;

    private readonly string _path;

    /// <summary>Guards <see cref="_isDisposed"/>: a descriptor is not used once it may be another's.</summary>
    private readonly Lock _lock = new();
    private readonly int _fd;
    private bool _isDisposed;

    private PseudoTerminal(int fd, int inputFd, int number)
    {
        _fd = fd;
        _path = string.Create(CultureInfo.InvariantCulture, $"/dev/pts/{number}");
        Output = new ChildOutput(fd);
        Input = new ChildInput(inputFd);
    }

    /// <summary>What the programs print. It ends when all have closed the terminal.</summary>
    public ChildOutput Output { get; }

    /// <summary>What is typed. A write waits while the programs don't read.</summary>
    public ChildInput Input { get; }

    /// <summary>Makes one of this size.</summary>
    /// <exception cref="PosixException">E.g. <c>ENOSPC</c>: the system has no more of them.</exception>
    public static PseudoTerminal Open(int rows, int columns)
    {
        var master = FileDescriptor.Open(Multiplexer, LibC.O_RDWR | LibC.O_NOCTTY, "open", Multiplexer);
        var fd = master.Value;
        var inputFd = -1;
        try
        {
            int number;
            var locked = 0;
            Require(LibC.ioctl(fd, LibC.TIOCSPTLCK, &locked), "unlockpt");
            Require(LibC.ioctl(fd, LibC.TIOCGPTN, &number), "ptsname");
            SetUtf8(fd);
            inputFd = LibC.fcntl(fd, F_DUPFD_CLOEXEC, 0);
            Require(inputFd, "dup");
            var terminal = new PseudoTerminal(fd, inputFd, number);
            terminal.Resize(rows, columns);
            return terminal;
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }

    /// <summary>Starts a program on it, in a session of its own. Blocks: call it on <see cref="BlockingWork"/>.</summary>
    /// <exception cref="PosixException">It can't be run; see <see cref="ChildProcess.Start"/>.</exception>
    public ChildProcess Start(SpawnOptions options)
    {
        var terminal = ChildStream.Terminal(_path);
        return ChildProcess.Start(options with { NewSession = true, StandardInput = terminal, StandardOutput = terminal, StandardError = terminal });
    }

    /// <summary>Changes the size, which the programs learn by SIGWINCH if it is another.</summary>
    public void Resize(int rows, int columns)
    {
        var size = new LibC.WindowSize { Rows = (ushort)rows, Columns = (ushort)columns };
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _ = LibC.ioctl(_fd, LibC.TIOCSWINSZ, &size);
            }
        }
    }

    /// <summary>The process group in the foreground; null if there is none.</summary>
    public int? ForegroundGroup()
    {
        int group;
        lock (_lock)
        {
            return !_isDisposed && LibC.ioctl(_fd, LibC.TIOCGPGRP, &group) == 0 && group > 0 ? group : null;
        }
    }

    /// <summary>Hangs up: the kernel sends SIGHUP to the leader of the session and to the foreground, and who still uses the terminal gets errors.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            Input.Dispose();
            Output.Dispose();
        }
    }

    private static void SetUtf8(int fd)
    {
        var attributes = stackalloc byte[LibC.SizeOfTermios];
        if (LibC.tcgetattr(fd, attributes) == 0)
        {
            *(uint*)attributes |= LibC.IUTF8;
            _ = LibC.tcsetattr(fd, 0, attributes);
        }
    }

    private static void Require(int result, string call)
    {
        if (result < 0)
        {
            throw new PosixException(Marshal.GetLastPInvokeError(), call, Multiplexer);
        }
    }
}
