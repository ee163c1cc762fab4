using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

internal sealed partial class WholeFileWriter
{
    /// <summary>Overwrites the file itself. Its old bytes are on disk elsewhere until that is done, and come back if it fails.</summary>
    /// <exception cref="PosixException">Among others <c>EACCES</c>: a file that can be written but not read has no old bytes that could be kept.</exception>
    private void WriteInPlace(Save save, FileContent content)
    {
        if (save.Old is { } old)
        {
            RequireFileOrDevice(old, save);
        }

        using var file = OpenExisting(save, LibC.O_WRONLY);
        var status = FileStatus.Read(file);
        RequireFileOrDevice(status, save);
        if (!status.IsRegular)
        {
            // There is no old content.
            file.Write(content);
            return;
        }

        using var source = OpenExisting(save, LibC.O_RDONLY);
        using var kept = unfinished.Keep(save.Target, status, source, content);
        try
        {
            Reserve(file, content.Length, status.Size);
            file.WriteAt(content, 0);
            file.Truncate(content.Length);
            file.Sync();
        }
        catch
        {
            kept.Restore(file);
            throw;
        }
    }

    /// <summary>Into a pipe a part could go and the rest not.</summary>
    private static void RequireFileOrDevice(FileStatus status, Save save)
    {
        if (!status.IsRegular && !status.IsCharacterDevice)
        {
            throw new RequestException($"'{PathBytes.Show(save.Shown)}' is not a regular file");
        }
    }

    private static FileDescriptor OpenExisting(Save save, int access)
    {
        var errno = FileDescriptor.TryOpen(save.Folder.Value, save.Name, access | LibC.O_NONBLOCK | LibC.O_NOCTTY | LibC.O_NOFOLLOW, 0, out var file);
        return errno == 0 ? file : throw OpenFailed(errno, save.Shown);
    }

    /// <summary>Makes sure that there is room before a byte of the old content is touched.</summary>
    private static void Reserve(FileDescriptor file, long size, long oldSize)
    {
        if (size > oldSize && LibC.posix_fallocate(file.Value, 0, size) is (PosixError.ENOSPC or PosixError.EDQUOT or PosixError.EFBIG) and var errno)
        {
            throw new PosixException(errno, "write");
        }
    }
}
