namespace ProjectSilo.Grains.Interfaces.Errors;

/// <summary>
/// A failed POSIX call. The message is what clients know from Node.js (spec 02 §12): <c>ENOENT: no such file or directory, stat '/home/user/nope'</c>, and
/// for the call <c>kill</c> just <c>kill ESRCH</c> (spec 09 §3).
/// </summary>
public sealed class PosixException : Exception
{
    /// <summary>Describes the failure of <paramref name="call"/> with <paramref name="errno"/>, on <paramref name="path"/> if it has one.</summary>
    public PosixException(int errno, string call, string? path = null)
        : base(Format(errno, call, path))
    {
        Errno = errno;
        Call = call;
        Path = path;
    }

    /// <summary>The error number, positive.</summary>
    public int Errno { get; }

    /// <summary>The name of the number, e.g. <c>ENOENT</c>.</summary>
    public string Code => PosixError.Name(Errno);

    /// <summary>The system call, e.g. <c>stat</c>.</summary>
    public string Call { get; }

    /// <summary>The path as used for the call, if there is one.</summary>
    public string? Path { get; }

    private static string Format(int errno, string call, string? path) =>
        call == "kill" ? $"kill {PosixError.Name(errno)}"
        : path is null ? $"{PosixError.Name(errno)}: {PosixError.Text(errno)}, {call}"
        : $"{PosixError.Name(errno)}: {PosixError.Text(errno)}, {call} '{path}'";
}
