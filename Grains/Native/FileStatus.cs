using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>What <c>statx</c> tells of a file.</summary>
internal readonly record struct FileStatus
{
    private const int TypeMask = 0xF000;
    private const int Folder = 0x4000;
    private const int Regular = 0x8000;
    private const int Link = 0xA000;
    private const int CharacterDevice = 0x2000;
    private const int StatusBytes = 256;
    private static readonly byte[] Empty = [0];

    /// <summary>Type and permissions.</summary>
    public required int Mode { get; init; }

    public required long Size { get; init; }

    public required uint Links { get; init; }

    public required uint Owner { get; init; }

    public required uint Group { get; init; }

    /// <summary>Which file it is: device and inode.</summary>
    public required FileIdentity Identity { get; init; }

    /// <summary>Of a device file: which device.</summary>
    public required ulong Device { get; init; }

    public required FileTime Accessed { get; init; }

    public required FileTime Modified { get; init; }

    public int Permissions => Mode & 0xFFF;

    public bool IsFolder => (Mode & TypeMask) == Folder;

    public bool IsRegular => (Mode & TypeMask) == Regular;

    public bool IsCharacterDevice => (Mode & TypeMask) == CharacterDevice;

    public bool IsLink => (Mode & TypeMask) == Link;

    /// <summary>Reads it.</summary>
    /// <param name="folder">What <paramref name="path"/>, which ends in NUL, is relative to.</param>
    /// <param name="path">An empty one means <paramref name="folder"/> itself.</param>
    /// <param name="follow">Whether a link's target is looked at.</param>
    /// <returns>0, or the error's number.</returns>
    public static unsafe int TryRead(int folder, ReadOnlySpan<byte> path, bool follow, out FileStatus status)
    {
        var buffer = stackalloc byte[StatusBytes];
        fixed (byte* pointer = path)
        {
            var flags = LibC.AT_NO_AUTOMOUNT | (follow ? 0 : LibC.AT_SYMLINK_NOFOLLOW) | (*pointer == 0 && folder >= 0 ? LibC.AT_EMPTY_PATH : 0);
            if (LibC.statx(folder, pointer, flags, LibC.STATX_BASIC_STATS, buffer) != 0)
            {
                status = default;
                return Marshal.GetLastPInvokeError();
            }
        }

        status = Parse(new ReadOnlySpan<byte>(buffer, StatusBytes));
        return 0;
    }

    /// <summary>Reads that of <paramref name="path"/>; null if there is none, whatever the reason.</summary>
    public static FileStatus? Find(string path, bool follow) =>
        TryRead(LibC.AT_FDCWD, PathBytes.Encode(path), follow, out var status) == 0 ? status : null;

    /// <summary>Reads that of <paramref name="path"/>.</summary>
    /// <exception cref="PosixException">The call is <c>stat</c> or <c>lstat</c>.</exception>
    public static FileStatus Read(string path, bool follow)
    {
        var errno = TryRead(LibC.AT_FDCWD, PathBytes.Encode(path), follow, out var status);
        return errno == 0 ? status : throw new PosixException(errno, follow ? "stat" : "lstat", PathBytes.Show(path));
    }

    /// <summary>Reads that of an open file.</summary>
    public static FileStatus Read(FileDescriptor file)
    {
        var errno = TryRead(file.Value, Empty, follow: true, out var status);
        return errno == 0 ? status : throw new PosixException(errno, "fstat");
    }

    /// <summary>Reads what the kernel knows of an open file without asking anybody; to a network file system it may be out of date.</summary>
    /// <returns>0, or the error's number.</returns>
    public static unsafe int TryReadCached(FileDescriptor file, out FileStatus status)
    {
        status = default;
        var buffer = stackalloc byte[StatusBytes];
        fixed (byte* pointer = Empty)
        {
            if (LibC.statx(file.Value, pointer, LibC.AT_EMPTY_PATH | LibC.AT_NO_AUTOMOUNT | LibC.AT_STATX_DONT_SYNC, LibC.STATX_BASIC_STATS, buffer) != 0)
            {
                return Marshal.GetLastPInvokeError();
            }
        }

        status = Parse(new ReadOnlySpan<byte>(buffer, StatusBytes));
        return 0;
    }

    // struct statx, equal on all architectures, in bytes from its start:
    //   16 u32 nlink   20 u32 uid   24 u32 gid   28 u16 mode   32 u64 ino   40 u64 size
    //   64 atime   80 btime   96 ctime   112 mtime (each s64 seconds, u32 nanoseconds, 4 unused)
    //   128 u32 rdev major   132 u32 rdev minor   136 u32 dev major   140 u32 dev minor
    private static FileStatus Parse(ReadOnlySpan<byte> raw) => new()
    {
        Links = MemoryMarshal.Read<uint>(raw[16..]),
        Owner = MemoryMarshal.Read<uint>(raw[20..]),
        Group = MemoryMarshal.Read<uint>(raw[24..]),
        Mode = MemoryMarshal.Read<ushort>(raw[28..]),
        Size = MemoryMarshal.Read<long>(raw[40..]),
        Identity = new FileIdentity(
            MemoryMarshal.Read<uint>(raw[136..]), MemoryMarshal.Read<uint>(raw[140..]), MemoryMarshal.Read<ulong>(raw[32..])),
        Accessed = new FileTime(MemoryMarshal.Read<long>(raw[64..]), MemoryMarshal.Read<uint>(raw[72..])),
        Modified = new FileTime(MemoryMarshal.Read<long>(raw[112..]), MemoryMarshal.Read<uint>(raw[120..])),
        Device = MakeDevice(MemoryMarshal.Read<uint>(raw[128..]), MemoryMarshal.Read<uint>(raw[132..])),
    };

    /// <summary><c>makedev</c> of the C library.</summary>
    private static ulong MakeDevice(ulong major, ulong minor) =>
        (minor & 0xFF) | ((major & 0xFFF) << 8) | ((minor & ~0xFFUL) << 12) | ((major & ~0xFFFUL) << 32);
}
