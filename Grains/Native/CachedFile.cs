namespace ProjectSilo.Grains.Native;

/// <summary>
/// Reads small regular files that the kernel has in memory, without ever waiting: such a read needs no thread of <see cref="BlockingWork"/>, which takes longer to
/// wake than the file to read. Whatever isn't so is left to <see cref="RegularFile"/>.
/// <code>
/// openat2  O_PATH, RESOLVE_CACHED     only names in the kernel's cache; opens nothing, so no device, pipe or server notices
/// statx    AT_STATX_DONT_SYNC         a regular file, small, on a file system of this machine (see <see cref="LocalMounts"/>)
/// openat   /proc/self/fd/N            that very file; O_NONBLOCK: not to wait for a lease
/// preadv2  RWF_NOWAIT                 only pages in the kernel's cache
/// </code>
/// </summary>
internal sealed class CachedFile(LocalMounts mounts)
{
    /// <summary>Larger files are worth a thread: a read must be short.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The file's bytes.</summary>
    /// <returns>False if it would have to wait, or there is anything else about it.</returns>
    public bool TryRead(string path, long maxBytes, out ReadOnlyMemory<byte> content)
    {
        content = default;
        if (LibC.TryOpenCached(PathBytes.Encode(path), out var place) != 0)
        {
            return false;
        }

        using (place)
        {
            // One of no size may be of /proc.
            return FileStatus.TryReadCached(place, out var status) == 0
                && status is { IsRegular: true, Size: > 0 and <= MaxBytes }
                && status.Size <= maxBytes
                && mounts.Has(status.Identity)
                && TryRead(place, (int)status.Size, out content);
        }
    }

    private static unsafe bool TryRead(FileDescriptor place, int size, out ReadOnlyMemory<byte> content)
    {
        content = default;
        var path = PathBytes.Encode($"/proc/self/fd/{place.Value}");
        if (FileDescriptor.TryOpen(LibC.AT_FDCWD, path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY, 0, out var file) != 0)
        {
            return false;
        }

        using (file)
        {
            // A byte more, to see whether it has grown.
            var buffer = GC.AllocateUninitializedArray<byte>(size + 1);
            fixed (byte* pointer = buffer)
            {
                var part = new LibC.IoVector { Base = (nint)pointer, Length = (nuint)buffer.Length };
                if (LibC.preadv2(file.Value, &part, 1, 0, LibC.RWF_NOWAIT) != size)
                {
                    return false;
                }
            }

            content = buffer.AsMemory(0, size);
            return true;
        }
    }
}
