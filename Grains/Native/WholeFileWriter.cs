using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// Writes files whole (architecture decision 8): after a crash at any time there is the old content or the new, and nothing else is left behind.
/// <code>
/// usually    a file without a name in the same folder - content, owner, mode, attributes - fsync - temporary name - rename
/// in place   where that would make another file of it (hard links, devices) or can't be done: old bytes into $DATA/unfinished-saves,
///            then overwritten
/// </code>
/// The folder is synced only if <see cref="FilesOptions.SyncFolders"/> asks for it: otherwise a power cut some seconds after a save may undo all of it.
/// All methods block, and write one file at a time: the caller holds a lock for its path.
/// </summary>
internal sealed partial class WholeFileWriter(UnfinishedSaves unfinished, IOptions<FilesOptions> options)
{
    private const int MaxLinks = 40;
    private static readonly byte[] Here = [(byte)'.', 0];

    // Beyond `ulimit -f` a write must fail with EFBIG; by default the signal ends the process. Children get the default back.
    static WholeFileWriter() => LibC.signal(LibC.SIGXFSZ, LibC.SIG_IGN);

    /// <summary>Whether files without names are tried; false for tests of file systems that have none.</summary>
    internal bool UsesUnnamedFiles { get; init; } = true;

    /// <summary>
    /// The file that a write to the absolute <paramref name="path"/> changes: links followed, even those that lead to a file not made yet.
    /// </summary>
    /// <param name="shown">The path that errors show.</param>
    /// <exception cref="PosixException">The call is <c>open</c>.</exception>
    public static string Target(string path, string shown)
    {
        for (var links = 0; links < MaxLinks; links++)
        {
            var errno = LinkText.TryResolve(path, out var resolved);
            if (errno != PosixError.ENOENT)
            {
                return errno == 0 ? resolved : throw OpenFailed(errno, shown);
            }

            if (path.EndsWith('/'))
            {
                throw OpenFailed(PosixError.EISDIR, shown);
            }

            if (LinkText.TryRead(LibC.AT_FDCWD, PathBytes.Encode(path), out var text) != 0)
            {
                errno = LinkText.TryResolve(ProjectPath.Folder(path), out var folder);
                return errno == 0 ? $"{folder.TrimEnd('/')}/{ProjectPath.Name(path)}" : throw OpenFailed(errno, shown);
            }

            path = Path.Combine(ProjectPath.Folder(path), PathBytes.Decode(text));
        }

        throw OpenFailed(PosixError.ELOOP, shown);
    }

    /// <summary>What a writer of <paramref name="target"/> locks: the path, or the file itself if that has more names.</summary>
    public static string LockOf(string target) =>
        FileStatus.Find(target, follow: false) is { IsFolder: false, Links: > 1 } status ? $"inode {status.Identity}" : "file " + target;

    /// <summary>Writes <paramref name="content"/> to <paramref name="target"/>, which <see cref="Target"/> gave.</summary>
    /// <param name="shown">The path that errors show.</param>
    /// <param name="overwrite">False: an existing file is left alone.</param>
    /// <exception cref="PosixException">The call is <c>open</c>, <c>write</c> or <c>fsync</c>. The old content is still there.</exception>
    public void Write(string target, FileContent content, string shown, bool overwrite = true)
    {
        var errno = FileDescriptor.TryOpen(
            LibC.AT_FDCWD, PathBytes.Encode(ProjectPath.Folder(target)), LibC.O_PATH | LibC.O_DIRECTORY, 0, out var folder);
        if (errno != 0)
        {
            throw OpenFailed(errno, shown);
        }

        using (folder)
        {
            var save = new Save(target, shown, folder, PathBytes.Encode(ProjectPath.Name(target)), Existing(folder, target, shown));
            if (save.Old is null || overwrite)
            {
                RequireWritable(save);
                if (!CanBeReplaced(save.Old) || !TryReplace(save, content, overwrite))
                {
                    WriteInPlace(save, new NewContent(content));
                }

                if (save.Old is { } old)
                {
                    unfinished.Settle(old.Identity);
                }
            }
        }
    }

    private static PosixException OpenFailed(int errno, string shown) => new(errno, "open", PathBytes.Show(shown));

    private static FileStatus? Existing(FileDescriptor folder, string target, string shown)
    {
        var errno = FileStatus.TryRead(folder.Value, PathBytes.Encode(ProjectPath.Name(target)), follow: false, out var status);
        return errno switch
        {
            PosixError.ENOENT => null,
            0 when status.IsFolder => throw OpenFailed(PosixError.EISDIR, shown),
            0 => status,
            _ => throw OpenFailed(errno, shown),
        };
    }

    /// <summary>A rename asks only for rights to the folder: those to the file itself are ours to check.</summary>
    private static unsafe void RequireWritable(Save save)
    {
        fixed (byte* name = save.Name)
        {
            if (save.Old is not null && LibC.faccessat(save.Folder.Value, name, LibC.W_OK, LibC.AT_EACCESS) != 0)
            {
                throw OpenFailed(Marshal.GetLastPInvokeError(), save.Shown);
            }
        }
    }

    private static bool CanBeReplaced(FileStatus? old) => old is not { } status || (status.IsRegular && status.Links == 1);

    /// <summary>Writes a new file and puts it into the old one's place.</summary>
    /// <returns>False: that can't be done here, and nothing has changed.</returns>
    private bool TryReplace(Save save, FileContent content, bool overwrite)
    {
        FileDescriptor file = default;
        var errno = UsesUnnamedFiles
            ? FileDescriptor.TryOpen(save.Folder.Value, Here, LibC.O_TMPFILE | LibC.O_RDWR, 0x1B6 /* 0666 */, out file)
            : PosixError.ENOTSUP;
        if (errno is PosixError.ENOTSUP or PosixError.EISDIR or PosixError.EINVAL or PosixError.ENOSYS)
        {
            return TryReplaceByNamed(save, content, overwrite);
        }

        if (errno != 0)
        {
            return !CannotBeDoneHere(errno) || save.Old is null ? throw OpenFailed(errno, save.Shown) : false;
        }

        using (file)
        {
            if (!TryFill(file, save, content))
            {
                return false;
            }

            if (save.Old is null)
            {
                errno = Link(file, save.Folder, save.Name);
                if (errno == 0 || (errno == PosixError.EEXIST && !overwrite))
                {
                    SettleFolder(save);
                    return true;
                }

                if (errno != PosixError.EEXIST)
                {
                    return TryReplaceByNamed(save, content, overwrite);
                }
            }

            var temporary = UnfinishedSaves.TemporaryName();
            using var record = unfinished.RecordTemporary(PathIn(save, temporary));
            errno = Link(file, save.Folder, PathBytes.Encode(temporary));
            return errno == 0 ? TryRename(save, temporary, overwrite)
                : CannotBeDoneHere(errno) ? false
                : throw OpenFailed(errno, save.Shown);
        }
    }

    /// <summary>The same where the file system has no files without names.</summary>
    private bool TryReplaceByNamed(Save save, FileContent content, bool overwrite)
    {
        var temporary = UnfinishedSaves.TemporaryName();
        var name = PathBytes.Encode(temporary);
        using var record = unfinished.RecordTemporary(PathIn(save, temporary));
        var mode = save.Old is null ? 0x1B6u /* 0666 */ : 0x180u /* 0600 */;
        var errno = FileDescriptor.TryOpen(save.Folder.Value, name, LibC.O_RDWR | LibC.O_CREAT | LibC.O_EXCL, mode, out var file);
        if (errno != 0)
        {
            return !CannotBeDoneHere(errno) || save.Old is null ? throw OpenFailed(errno, save.Shown) : false;
        }

        using (file)
        {
            try
            {
                if (!TryFill(file, save, content))
                {
                    Remove(save.Folder, name);
                    return false;
                }
            }
            catch
            {
                Remove(save.Folder, name);
                throw;
            }
        }

        return TryRename(save, temporary, overwrite);
    }

    /// <returns>False: the old file's owner or attributes can't be kept.</returns>
    private static bool TryFill(FileDescriptor file, Save save, FileContent content)
    {
        if (save.Old is { } old && !FileAttributes.TryKeepOwner(file, old))
        {
            return false;
        }

        file.Write(content);
        // After the writing, which takes away set-user-id bits.
        if (save.Old is { } kept && !FileAttributes.TryKeep(save.Target, file, kept))
        {
            return false;
        }

        file.Sync();
        return true;
    }

    private unsafe bool TryRename(Save save, string temporary, bool overwrite)
    {
        var name = PathBytes.Encode(temporary);
        int errno;
        fixed (byte* from = name, to = save.Name)
        {
            var result = overwrite
                ? LibC.renameat(save.Folder.Value, from, save.Folder.Value, to)
                : LibC.renameat2(save.Folder.Value, from, save.Folder.Value, to, LibC.RENAME_NOREPLACE);
            errno = result == 0 ? 0 : Marshal.GetLastPInvokeError();
        }

        if (errno != 0)
        {
            Remove(save.Folder, name);
        }

        switch (errno)
        {
            case 0:
                SettleFolder(save);
                return true;
            case PosixError.EEXIST when !overwrite:
                return true;
            default:
                return save.Old is not null && (CannotBeDoneHere(errno) || errno is PosixError.EBUSY) ? false : throw OpenFailed(errno, save.Shown);
        }
    }

    private static bool CannotBeDoneHere(int errno) =>
        errno is PosixError.EACCES or PosixError.EPERM or PosixError.EROFS or PosixError.EXDEV or PosixError.ENOENT or PosixError.EMLINK;

    /// <summary>Gives a file without a name one.</summary>
    private static unsafe int Link(FileDescriptor file, FileDescriptor folder, byte[] name)
    {
        fixed (byte* from = PathBytes.Encode($"/proc/self/fd/{file.Value}"), to = name)
        {
            return LibC.linkat(LibC.AT_FDCWD, from, folder.Value, to, LibC.AT_SYMLINK_FOLLOW) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    private static unsafe void Remove(FileDescriptor folder, byte[] name)
    {
        fixed (byte* pointer = name)
        {
            _ = LibC.unlinkat(folder.Value, pointer, 0);
        }
    }

    /// <summary>The new name is there for all to see; on the disk it must be if a record of older content goes now, which would have repaired the file that it hides.</summary>
    private void SettleFolder(Save save)
    {
        if (options.Value.SyncFolders || (save.Old is { } old && unfinished.Waits(old.Identity)))
        {
            SyncFolder(save.Folder);
        }
    }

    private static void SyncFolder(FileDescriptor folder)
    {
        // A folder that may not be read can't be synced; the file has its content all the same.
        if (FileDescriptor.TryOpen(folder.Value, Here, LibC.O_DIRECTORY, 0, out var readable) == 0)
        {
            using (readable)
            {
                readable.Sync();
            }
        }
    }

    private static string PathIn(Save save, string name) => $"{ProjectPath.Folder(save.Target).TrimEnd('/')}/{name}";

    /// <summary>What is written where.</summary>
    /// <param name="Target">The real path.</param>
    /// <param name="Shown">The path that errors show.</param>
    /// <param name="Folder">The target's folder, open as a path only.</param>
    /// <param name="Name">The target's name in it, with NUL.</param>
    /// <param name="Old">The file that is there; null: none.</param>
    private sealed record Save(string Target, string Shown, FileDescriptor Folder, byte[] Name, FileStatus? Old);
}
