using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Files;

/// <summary>Looks for a file that was changed after a time (spec 01 §13). Blocks: it runs on <see cref="BlockingWork"/>.</summary>
internal static class NewerFile
{
    /// <summary>When <paramref name="path"/> itself was changed, or else the first regular file found below it, in ms since 1970; null if not after that time.</summary>
    /// <param name="path">Absolute; a link is looked at, not where it leads.</param>
    /// <param name="afterMilliseconds">The time.</param>
    /// <param name="maxEntries">A folder with more below it counts as unchanged, if none of the first was changed.</param>
    /// <exception cref="PosixException">The call is <c>lstat</c>.</exception>
    public static double? Find(string path, double afterMilliseconds, int maxEntries)
    {
        var status = FileStatus.Read(path, follow: false);
        if (Milliseconds(status) > afterMilliseconds)
        {
            return Milliseconds(status);
        }

        // Not recursive: a tree may be deep, and stacks are small.
        var folders = new Stack<string>();
        if (status.IsFolder)
        {
            folders.Push(path);
        }

        while (folders.TryPop(out var folder))
        {
            if (FindIn(folder, folders, afterMilliseconds, ref maxEntries) is { } newer)
            {
                return newer;
            }
        }

        return null;
    }

    /// <summary>Whole ones, as clients store them.</summary>
    private static double Milliseconds(in FileStatus status) => Math.Round(1000 * status.Modified.InSeconds);

    private static double? FindIn(string path, Stack<string> folders, double afterMilliseconds, ref int entriesLeft)
    {
        const int flags = LibC.O_RDONLY | LibC.O_NONBLOCK;
        if (FileDescriptor.TryOpen(LibC.AT_FDCWD, PathBytes.Encode(path), flags | LibC.O_DIRECTORY | LibC.O_NOFOLLOW, 0, out var folder) != 0)
        {
            // It has gone, or may not be read.
            return null;
        }

        using (folder)
        {
            using var reader = new DirectoryReader(folder);
            while (entriesLeft-- > 0 && reader.TryNext())
            {
                if (FileStatus.TryRead(folder.Value, reader.NameWithNul, follow: false, out var status) != 0)
                {
                    continue;
                }

                if (status.IsRegular && Milliseconds(status) > afterMilliseconds)
                {
                    return Milliseconds(status);
                }

                if (status.IsFolder)
                {
                    folders.Push($"{path}/{PathBytes.Decode(reader.Name)}");
                }
            }

            return null;
        }
    }
}
