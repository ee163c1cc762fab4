using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

internal sealed partial class WholeFileWriter
{
    /// <summary>Overwrites the file itself. Its old bytes are on disk elsewhere until that is done, and come back if it fails.</summary>
    private void WriteInPlace(Save save, ReadOnlySpan<byte> content)
    {
        using var file = OpenExisting(save, LibC.O_WRONLY);
        var status = FileStatus.Read(file);
        if (!status.IsRegular)
        {
            // A device, or a pipe that somebody reads: there is no old content.
            file.Write(content);
            return;
        }

        using var source = OpenExisting(save, LibC.O_RDONLY);
        using var old = unfinished.Keep(save.Target, status, source, content);
        try
        {
            Reserve(file, content.Length, status.Size);
            file.WriteAt(content, 0);
            file.Truncate(content.Length);
            file.Sync();
        }
        catch
        {
            old.Restore(file);
            throw;
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
