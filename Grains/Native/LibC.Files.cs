using System.Runtime.InteropServices;

namespace ProjectSilo.Grains.Native;

/// <summary>File system calls. Paths are bytes that end in NUL (<see cref="PathBytes"/>): a name on Linux need not be UTF-8.</summary>
internal static unsafe partial class LibC
{
    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_EACCESS = 0x200;
    public const int AT_REMOVEDIR = 0x200;
    public const int AT_SYMLINK_FOLLOW = 0x400;
    public const int AT_NO_AUTOMOUNT = 0x800;
    public const int AT_EMPTY_PATH = 0x1000;

    public const int O_EXCL = 0x80;
    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_PATH = 0x200000;

    // These two differ between x86-64 and arm64.
    public static readonly int O_DIRECTORY = IsArm64 ? 0x4000 : 0x10000;
    public static readonly int O_NOFOLLOW = IsArm64 ? 0x8000 : 0x20000;
    public static readonly int O_TMPFILE = 0x400000 | O_DIRECTORY;

    public const int F_OK = 0;
    public const int W_OK = 2;
    public const int R_OK = 4;

    public const uint STATX_BASIC_STATS = 0x7ff;
    public const int AT_STATX_DONT_SYNC = 0x4000;
    public const uint RENAME_NOREPLACE = 1;
    public const int RWF_NOWAIT = 8;
    public const short POLLPRI = 2;
    public const int SIGXFSZ = 25;
    public const nint SIG_IGN = 1;

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int openat(int folder, byte* path, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int statx(int folder, byte* path, int flags, uint mask, byte* status);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int statvfs(byte* path, ulong* space);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint readlinkat(int folder, byte* path, byte* buffer, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial byte* realpath(byte* path, byte* resolved);

    [LibraryImport(Library)]
    public static partial void free(void* memory);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int faccessat(int folder, byte* path, int mode, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int mkdirat(int folder, byte* path, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int mknodat(int folder, byte* path, uint mode, ulong device);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int symlinkat(byte* target, int folder, byte* path);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int linkat(int oldFolder, byte* oldPath, int newFolder, byte* newPath, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int unlinkat(int folder, byte* path, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int renameat(int oldFolder, byte* oldPath, int newFolder, byte* newPath);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint read(int fd, byte* buffer, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint write(int fd, byte* buffer, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint writev(int fd, IoVector* parts, int count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial long lseek(int fd, long offset, int whence);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ftruncate(int fd, long size);

    [LibraryImport(Library)]
    public static partial int posix_fallocate(int fd, long offset, long size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fsync(int fd);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fchmod(int fd, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fchmodat(int folder, byte* path, uint mode, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fchown(int fd, uint owner, uint group);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fchownat(int folder, byte* path, uint owner, uint group, int flags);

    /// <param name="times">Access and modification time: two pairs of seconds and nanoseconds.</param>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int utimensat(int folder, byte* path, long* times, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint listxattr(byte* path, byte* names, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint getxattr(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint fgetxattr(int fd, byte* name, byte* value, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fsetxattr(int fd, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fremovexattr(int fd, byte* name);

    /// <summary>Fills <paramref name="buffer"/> with entries; 0 at the end. By number: not every libc exports it.</summary>
    public static nint getdents64(int fd, byte* buffer, nuint size) =>
        syscall3(IsArm64 ? 61 : 217, fd, (nint)buffer, (nint)size);

    /// <inheritdoc cref="getdents64"/>
    public static int renameat2(int oldFolder, byte* oldPath, int newFolder, byte* newPath, uint flags) =>
        (int)syscall5(IsArm64 ? 276 : 316, oldFolder, (nint)oldPath, newFolder, (nint)newPath, (nint)flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint preadv2(int fd, IoVector* parts, int count, long offset, int flags);

    /// <summary>Finds a file by names that the kernel has in its cache, and does not open it.</summary>
    /// <returns>0, or the error's number: <c>EAGAIN</c> if it would have to look on a disk or a network.</returns>
    public static int TryOpenCached(ReadOnlySpan<byte> path, out FileDescriptor place)
    {
        const int openat2 = 437;
        const ulong RESOLVE_CACHED = 0x20;
        var how = stackalloc ulong[3] { (uint)(O_PATH | O_CLOEXEC), 0, RESOLVE_CACHED };
        fixed (byte* pointer = path)
        {
            var fd = (int)syscall4(openat2, AT_FDCWD, (nint)pointer, (nint)how, 3 * sizeof(ulong));
            place = new FileDescriptor(fd);
            return fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }

    /// <summary>Whether <paramref name="events"/> have happened. Does not wait; takes note of them, so that the same are not told twice.</summary>
    public static bool HasEvent(int fd, short events)
    {
        var request = new PollRequest { File = fd, Events = events };
        // Not sure counts as yes.
        return poll(&request, 1, 0) != 0;
    }

    [LibraryImport(Library)]
    private static partial int poll(PollRequest* requests, nuint count, int timeoutMilliseconds);

    /// <summary><c>struct iovec</c>.</summary>
    internal struct IoVector
    {
        public nint Base;
        public nuint Length;
    }

    /// <summary><c>struct pollfd</c>.</summary>
    private struct PollRequest
    {
        public int File;
        public short Events;
        public short Happened;
    }

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall4(nint number, nint argument1, nint argument2, nint argument3, nint argument4);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall3(nint number, nint argument1, nint argument2, nint argument3);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall5(nint number, nint argument1, nint argument2, nint argument3, nint argument4, nint argument5);
}
