using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// Removes a file, or a folder with all in it. Links are removed, never followed; below the folder no path is looked up, so nothing that
/// others move meanwhile leads elsewhere. Works at any depth with two descriptors. Blocks.
/// </summary>
internal static unsafe class TreeRemoval
{
    private static readonly byte[] Parent = [(byte)'.', (byte)'.', 0];

    /// <summary>Removes the absolute <paramref name="path"/>. A missing one is no error.</summary>
    /// <exception cref="PosixException">The call is <c>unlink</c>, <c>rmdir</c> or <c>scandir</c>; a part may be gone.</exception>
    public static void Remove(string path)
    {
        var name = PathBytes.Encode(path);
        switch (Unlink(LibC.AT_FDCWD, name, 0))
        {
            case 0 or PosixError.ENOENT or PosixError.ENOTDIR:
                return;
            case not (PosixError.EISDIR or PosixError.EPERM) and var errno:
                throw Failed(errno, "unlink", path);
            case PosixError.EPERM when FileStatus.Find(path, follow: false) is not { IsFolder: true }:
                throw Failed(PosixError.EPERM, "unlink", path);
        }

        // An empty folder needs no rights to be read.
        if (Unlink(LibC.AT_FDCWD, name, LibC.AT_REMOVEDIR) is 0 or PosixError.ENOENT)
        {
            return;
        }

        if (TryEnter(LibC.AT_FDCWD, name, out var folder) is not 0 and var cannotRead)
        {
            throw Failed(cannotRead, "scandir", path);
        }

        Empty(folder, path);
        if (Unlink(LibC.AT_FDCWD, name, LibC.AT_REMOVEDIR) is not (0 or PosixError.ENOENT) and var left)
        {
            throw Failed(left, "rmdir", path);
        }
    }

    /// <summary>Removes all in <paramref name="folder"/>, and closes it. Goes down and up in the tree instead of into itself.</summary>
    private static void Empty(FileDescriptor folder, string path)
    {
        var above = new Stack<(byte[] Name, FileIdentity Identity)>();
        var current = folder;
        try
        {
            while (true)
            {
                if (RemoveFiles(current, above, path) is { } subfolder)
                {
                    if (TryEnter(current.Value, subfolder, out var below) is not 0 and var errno)
                    {
                        throw Failed(errno, "scandir", PathTo(path, above, subfolder));
                    }

                    above.Push((subfolder, FileStatus.Read(current).Identity));
                    current.Dispose();
                    current = below;
                }
                else if (above.TryPop(out var left))
                {
                    current = Leave(current, left.Identity, PathTo(path, above, left.Name));
                    if (Unlink(current.Value, left.Name, LibC.AT_REMOVEDIR) is not (0 or PosixError.ENOENT) and var errno)
                    {
                        throw Failed(errno, "rmdir", PathTo(path, above, left.Name));
                    }
                }
                else
                {
                    return;
                }
            }
        }
        finally
        {
            current.Dispose();
        }
    }

    /// <summary>Removes the files and empty folders of a folder.</summary>
    /// <returns>The first folder found that is not empty; null if none is left.</returns>
    private static byte[]? RemoveFiles(FileDescriptor folder, Stack<(byte[] Name, FileIdentity Identity)> above, string path)
    {
        _ = LibC.lseek(folder.Value, 0, 0);
        using var reader = new DirectoryReader(folder);
        while (reader.TryNext())
        {
            var name = reader.NameWithNul;
            var errno = reader.IsKnownFolder ? PosixError.EISDIR : Unlink(folder.Value, name, 0);
            if (errno is PosixError.EISDIR or PosixError.EPERM)
            {
                switch (Unlink(folder.Value, name, LibC.AT_REMOVEDIR))
                {
                    case 0 or PosixError.ENOENT:
                        continue;
                    case PosixError.ENOTDIR:
                        throw Failed(errno, "unlink", PathTo(path, above, name));
                    case PosixError.ENOTEMPTY or PosixError.EEXIST:
                        return name.ToArray();
                    case var cannotRemove:
                        // It may have things in it that can be removed.
                        return cannotRemove is PosixError.EACCES or PosixError.EPERM or PosixError.EBUSY
                            ? throw Failed(cannotRemove, "rmdir", PathTo(path, above, name))
                            : name.ToArray();
                }
            }

            if (errno is not (0 or PosixError.ENOENT))
            {
                throw Failed(errno, "unlink", PathTo(path, above, name));
            }
        }

        return reader.Errno == 0 ? null : throw Failed(reader.Errno, "scandir", PathTo(path, above, default));
    }

    private static int TryEnter(int parent, ReadOnlySpan<byte> name, out FileDescriptor folder) =>
        FileDescriptor.TryOpen(parent, name, LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_NONBLOCK, 0, out folder);

    /// <summary>Goes up, to the folder that we came from and no other.</summary>
    private static FileDescriptor Leave(FileDescriptor current, FileIdentity expected, string path)
    {
        var errno = FileDescriptor.TryOpen(current.Value, Parent, LibC.O_DIRECTORY | LibC.O_NONBLOCK, 0, out var parent);
        if (errno != 0)
        {
            throw Failed(errno, "scandir", path);
        }

        if (FileStatus.Read(parent).Identity != expected)
        {
            parent.Dispose();
            throw Failed(PosixError.ENOENT, "scandir", path);
        }

        current.Dispose();
        return parent;
    }

    private static int Unlink(int folder, ReadOnlySpan<byte> name, int flags)
    {
        fixed (byte* pointer = name)
        {
            return LibC.unlinkat(folder, pointer, flags) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    private static string PathTo(string path, Stack<(byte[] Name, FileIdentity Identity)> above, ReadOnlySpan<byte> name) =>
        string.Join('/', above.Reverse().Select(folder => PathBytes.Decode(folder.Name.AsSpan()[..^1])).Prepend(path))
        + (name.IsEmpty ? "" : "/" + PathBytes.Decode(name[..^1]));

    private static PosixException Failed(int errno, string call, string path) => new(errno, call, PathBytes.Show(path));
}
