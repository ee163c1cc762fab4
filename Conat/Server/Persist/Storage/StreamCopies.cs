namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>
/// The copies of a stream's file (spec 07 §1.12): the archive's, which replaces the file when it is newer, and the backup's, which is only written.
/// </summary>
/// <param name="Archive">The archive's file; null without.</param>
/// <param name="Backup">The backup's file; null without.</param>
internal sealed record StreamCopies(string? Archive, string? Backup)
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>What SQLite keeps beside a file.</summary>
    private static readonly string[] Companions = ["-wal", "-shm", "-journal"];

    /// <summary>Replaces <paramref name="file"/>, which nobody has open, by the archive's if that is newer.</summary>
    public void Restore(string file)
    {
        if (Archive is null || !File.Exists(Archive) || File.GetLastWriteTimeUtc(Archive) <= LastWrite(file))
        {
            return;
        }

        // They belong to the file that is replaced.
        foreach (var companion in Companions)
        {
            File.Delete(file + companion);
        }

        Copy(Archive, file);
    }

    /// <summary>Copies a file as a whole, with its time.</summary>
    public static void Copy(string source, string target)
    {
        CreateFolderOf(target);
        var temporary = target + ".new";
        File.Copy(source, temporary, overwrite: true);
        File.SetLastWriteTimeUtc(temporary, File.GetLastWriteTimeUtc(source));
        File.Move(temporary, target, overwrite: true);
    }

    /// <summary>Makes the folders that lead to a file, for the owner alone.</summary>
    public static void CreateFolderOf(string file)
    {
        // The framework's own gives the mode to the innermost only.
        var missing = new Stack<string>();
        for (var folder = Path.GetDirectoryName(file); !string.IsNullOrEmpty(folder) && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            missing.Push(folder);
        }

        foreach (var folder in missing)
        {
            Directory.CreateDirectory(folder, FolderMode);
        }
    }

    /// <summary>When the stream changed last: that may be in the log of a process that was killed.</summary>
    private static DateTime LastWrite(string file)
    {
        var last = DateTime.MinValue;
        foreach (var name in (string[])[file, file + Companions[0]])
        {
            if (File.Exists(name) && File.GetLastWriteTimeUtc(name) is var time && time > last)
            {
                last = time;
            }
        }

        return last;
    }
}
