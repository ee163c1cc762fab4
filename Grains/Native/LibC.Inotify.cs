using System.Runtime.InteropServices;

namespace ProjectSilo.Grains.Native;

/// <summary>inotify(7) and the kinds of file systems.</summary>
internal static unsafe partial class LibC
{
    public const int IN_NONBLOCK = O_NONBLOCK;
    public const int IN_CLOEXEC = O_CLOEXEC;

    public const uint IN_MODIFY = 0x2;
    public const uint IN_ATTRIB = 0x4;
    public const uint IN_CLOSE_WRITE = 0x8;
    public const uint IN_MOVED_FROM = 0x40;
    public const uint IN_MOVED_TO = 0x80;
    public const uint IN_CREATE = 0x100;
    public const uint IN_DELETE = 0x200;
    public const uint IN_DELETE_SELF = 0x400;
    public const uint IN_MOVE_SELF = 0x800;
    public const uint IN_UNMOUNT = 0x2000;
    public const uint IN_Q_OVERFLOW = 0x4000;
    public const uint IN_IGNORED = 0x8000;
    public const uint IN_ONLYDIR = 0x01000000;
    public const uint IN_EXCL_UNLINK = 0x04000000;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int inotify_init1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int inotify_add_watch(int inotify, byte* path, uint events);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int inotify_rm_watch(int inotify, int watch);

    /// <param name="path">A file of the file system.</param>
    /// <param name="kind">On 64-bit systems its first member is the kind.</param>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int statfs(byte* path, ulong* kind);
}
