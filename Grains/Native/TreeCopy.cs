using System.Buffers;
using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// Copies a file or a whole folder to another file system with times, modes, owners and extended attributes. The copy grows under a
/// temporary name and then gets its own, so that nobody sees a part of it. Blocks.
/// </summary>
internal static unsafe class TreeCopy
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Copies the absolute <paramref name="source"/> to <paramref name="target"/>, whose folder exists.</summary>
    /// <param name="unfinished">Knows of the temporary name, should there be a crash.</param>
    /// <param name="copied">What the copy was made of.</param>
    /// <returns>0, or <c>EEXIST</c> if there is something.</returns>
    /// <exception cref="PosixException">It failed, e.g. <c>ENOSPC</c> of <c>write</c>; nothing of the copy is left.</exception>
    public static int Try(string source, string target, UnfinishedSaves unfinished, out CopiedSources copied)
    {
        var temporary = Path.Join(ProjectPath.Folder(target), UnfinishedSaves.TemporaryName());
        var record = unfinished.RecordTemporary(temporary);
        int errno;
        try
        {
            copied = CopyAll(source, temporary);
            errno = FileMove.Try(temporary, target);
            if (errno == 0)
            {
                SyncFolder(ProjectPath.Folder(target));
            }
        }
        catch
        {
            Discard(temporary, record);
            throw;
        }

        Discard(temporary, record);
        return errno;
    }

    /// <summary>Removes what is left under the temporary name, if anything.</summary>
    private static void Discard(string temporary, TemporaryRecord record)
    {
        try
        {
            TreeRemoval.Remove(temporary);
            record.Dispose();
        }
        catch (PosixException)
        {
            // The next start tries again. What the client is told of is why the copy failed.
            record.Leave();
        }
    }

    /// <summary>Makes names in a folder last; one that may not be read can't be synced.</summary>
    private static void SyncFolder(string path)
    {
        if (FileDescriptor.TryOpen(LibC.AT_FDCWD, PathBytes.Encode(path), LibC.O_DIRECTORY, 0, out var folder) == 0)
        {
            using (folder)
            {
                folder.Sync();
            }
        }
    }

    private static CopiedSources CopyAll(string source, string target)
    {
        var copied = new CopiedSources();
        var waiting = new Stack<(string Source, string Target)>([(source, target)]);
        var folders = new Stack<(string Target, string Source, FileStatus Status)>();
        while (waiting.TryPop(out var next))
        {
            var status = FileStatus.Read(next.Source, follow: false);
            CopyOne(next.Source, next.Target, status);
            copied.Add(next.Source, status);
            if (status.IsFolder)
            {
                folders.Push((next.Target, next.Source, status));
                foreach (var name in Names(next.Source))
                {
                    waiting.Push(($"{next.Source}/{name}", $"{next.Target}/{name}"));
                }
            }
        }

        // Folders last: writing into them needs rights and changes their times.
        while (folders.TryPop(out var folder))
        {
            using var opened = FileDescriptor.Open(folder.Target, LibC.O_DIRECTORY, "open", folder.Target);
            _ = FileAttributes.TryKeepOwner(opened, folder.Status);
            _ = FileAttributes.TryKeep(folder.Source, opened, folder.Status);
            KeepTimes(folder.Target, folder.Status);
            opened.Sync();
        }

        return copied;
    }

    private static void CopyOne(string source, string target, FileStatus status)
    {
        fixed (byte* path = PathBytes.Encode(target))
        {
            if (status.IsFolder)
            {
                Require(LibC.mkdirat(LibC.AT_FDCWD, path, Folders.OwnerOnly), "mkdir", target);
            }
            else if (status.IsLink)
            {
                CopyLink(source, target, path);
            }
            else if (status.IsRegular)
            {
                CopyContent(source, target, status);
            }
            else
            {
                Require(LibC.mknodat(LibC.AT_FDCWD, path, (uint)status.Mode, status.Device), "mknod", target);
                Require(LibC.fchmodat(LibC.AT_FDCWD, path, (uint)status.Permissions, 0), "chmod", target);
            }

            if (!status.IsFolder)
            {
                if (!status.IsRegular)
                {
                    // Only root may give files away; others keep them as their own.
                    _ = LibC.fchownat(LibC.AT_FDCWD, path, status.Owner, status.Group, LibC.AT_SYMLINK_NOFOLLOW);
                }

                KeepTimes(target, status);
            }
        }
    }

    private static void CopyLink(string source, string target, byte* path)
    {
        var errno = LinkText.TryRead(LibC.AT_FDCWD, PathBytes.Encode(source), out var text);
        if (errno != 0)
        {
            throw new PosixException(errno, "readlink", PathBytes.Show(source));
        }

        fixed (byte* pointer = (byte[])[.. text, 0])
        {
            Require(LibC.symlinkat(pointer, LibC.AT_FDCWD, path), "symlink", target);
        }
    }

    private static void CopyContent(string source, string target, FileStatus status)
    {
        using var from = FileDescriptor.Open(source, LibC.O_RDONLY | LibC.O_NOFOLLOW | LibC.O_NONBLOCK, "open", source);
        var errno = FileDescriptor.TryOpen(
            LibC.AT_FDCWD, PathBytes.Encode(target), LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL, 0x180 /* 0600 */, out var to);
        if (errno != 0)
        {
            throw new PosixException(errno, "open", PathBytes.Show(target));
        }

        using (to)
        {
            _ = FileAttributes.TryKeepOwner(to, status);
            var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            try
            {
                while (from.Read(buffer) is > 0 and var count)
                {
                    to.Write(buffer.AsSpan(0, count));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            _ = FileAttributes.TryKeep(source, to, status);
            _ = LibC.fchmod(to.Value, (uint)status.Permissions);
            // The source is removed next.
            to.Sync();
        }
    }

    private static List<string> Names(string path)
    {
        using var folder = FileDescriptor.Open(path, LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_NONBLOCK, "scandir", path);
        using var reader = new DirectoryReader(folder);
        var names = new List<string>();
        while (reader.TryNext())
        {
            names.Add(PathBytes.Decode(reader.Name));
        }

        return reader.Errno == 0 ? names : throw new PosixException(reader.Errno, "scandir", PathBytes.Show(path));
    }

    private static void KeepTimes(string path, FileStatus status)
    {
        var times = stackalloc long[] { status.Accessed.Seconds, status.Accessed.Nanoseconds, status.Modified.Seconds, status.Modified.Nanoseconds };
        fixed (byte* pointer = PathBytes.Encode(path))
        {
            Require(LibC.utimensat(LibC.AT_FDCWD, pointer, times, LibC.AT_SYMLINK_NOFOLLOW), "utime", path);
        }
    }

    private static void Require(int result, string call, string path)
    {
        if (result != 0)
        {
            throw new PosixException(Marshal.GetLastPInvokeError(), call, PathBytes.Show(path));
        }
    }
}
