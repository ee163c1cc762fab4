namespace ProjectSilo.Grains.Interfaces.Errors;

/// <summary>
/// The errors of POSIX calls by number, with the name and the text that clients know from Node.js (spec 02 §12). One table for all wires: clients match
/// on the names, e.g. <c>ENOENT</c>.
/// </summary>
public static class PosixError
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int ENXIO = 6;
    public const int E2BIG = 7;
    public const int ENOEXEC = 8;
    public const int EBADF = 9;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int EXDEV = 18;
    public const int ENOTDIR = 20;
    public const int EISDIR = 21;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int ETXTBSY = 26;
    public const int EFBIG = 27;
    public const int ENOSPC = 28;
    public const int EROFS = 30;
    public const int EMLINK = 31;
    public const int EPIPE = 32;
    public const int ENAMETOOLONG = 36;
    public const int ENOSYS = 38;
    public const int ENOTEMPTY = 39;
    public const int ELOOP = 40;
    public const int ENOTSUP = 95;
    public const int ETIMEDOUT = 110;
    public const int ESTALE = 116;
    public const int EDQUOT = 122;

    private static readonly Dictionary<int, (string Name, string Text)> Table = new()
    {
        [EPERM] = ("EPERM", "operation not permitted"),
        [ENOENT] = ("ENOENT", "no such file or directory"),
        [ESRCH] = ("ESRCH", "no such process"),
        [EINTR] = ("EINTR", "interrupted system call"),
        [EIO] = ("EIO", "i/o error"),
        [ENXIO] = ("ENXIO", "no such device or address"),
        [E2BIG] = ("E2BIG", "argument list too long"),
        [ENOEXEC] = ("ENOEXEC", "exec format error"),
        [EBADF] = ("EBADF", "bad file descriptor"),
        [EAGAIN] = ("EAGAIN", "resource temporarily unavailable"),
        [ENOMEM] = ("ENOMEM", "not enough memory"),
        [EACCES] = ("EACCES", "permission denied"),
        [EBUSY] = ("EBUSY", "resource busy or locked"),
        [EEXIST] = ("EEXIST", "file already exists"),
        [EXDEV] = ("EXDEV", "cross-device link not permitted"),
        [ENOTDIR] = ("ENOTDIR", "not a directory"),
        [EISDIR] = ("EISDIR", "illegal operation on a directory"),
        [EINVAL] = ("EINVAL", "invalid argument"),
        [ENFILE] = ("ENFILE", "file table overflow"),
        [EMFILE] = ("EMFILE", "too many open files"),
        [ETXTBSY] = ("ETXTBSY", "text file is busy"),
        [EFBIG] = ("EFBIG", "file too large"),
        [ENOSPC] = ("ENOSPC", "no space left on device"),
        [EROFS] = ("EROFS", "read-only file system"),
        [EMLINK] = ("EMLINK", "too many links"),
        [EPIPE] = ("EPIPE", "broken pipe"),
        [ENAMETOOLONG] = ("ENAMETOOLONG", "name too long"),
        [ENOSYS] = ("ENOSYS", "function not implemented"),
        [ENOTEMPTY] = ("ENOTEMPTY", "directory not empty"),
        [ELOOP] = ("ELOOP", "too many symbolic links encountered"),
        [ENOTSUP] = ("ENOTSUP", "operation not supported on socket"),
        [ETIMEDOUT] = ("ETIMEDOUT", "connection timed out"),
        [ESTALE] = ("ESTALE", "stale file handle"),
        [EDQUOT] = ("EDQUOT", "disk quota exceeded"),
    };

    /// <summary>The name, e.g. <c>ENOENT</c> for 2; <c>Unknown system error -N</c> for a number without one.</summary>
    public static string Name(int errno) => Table.TryGetValue(errno, out var entry) ? entry.Name : $"Unknown system error -{errno}";

    /// <summary>The text, e.g. <c>no such file or directory</c> for 2.</summary>
    public static string Text(int errno) => Table.TryGetValue(errno, out var entry) ? entry.Text : $"unknown error {errno}";
}
