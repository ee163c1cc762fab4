using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Grains.Native;

internal sealed partial class UnfinishedSaves
{
    /// <summary>Undoes what earlier runs left unfinished. A record that can't be dealt with now stays for the next start.</summary>
    /// <param name="report">Told of each file: its path, and why it failed, or null.</param>
    public void Recover(Action<string, PosixException?> report)
    {
        if (FileDescriptor.TryOpen(LibC.AT_FDCWD, PathBytes.Encode(Folder), LibC.O_DIRECTORY, 0, out var folder) != 0)
        {
            return;
        }

        var names = new List<string>();
        using (folder)
        {
            using var reader = new DirectoryReader(folder);
            while (reader.TryNext())
            {
                names.Add(PathBytes.Decode(reader.Name));
            }
        }

        foreach (var name in names.Where(name => !name.StartsWith(_run, StringComparison.Ordinal)))
        {
            Recover(Path.Join(Folder, name), report);
        }
    }

    private static void Recover(string record, Action<string, PosixException?> report)
    {
        try
        {
            switch (Path.GetExtension(record))
            {
                case Partial:
                    break;
                case Temporary:
                    RemoveTemporary(record, report);
                    break;
                case Old:
                    if (OldContent.RestoreFrom(record) is { } restored)
                    {
                        report(restored, null);
                    }

                    break;
                default:
                    return;
            }

            Remove(record);
        }
        catch (PosixException exception)
        {
            report(record, exception);
        }
    }

    private static void RemoveTemporary(string record, Action<string, PosixException?> report)
    {
        var path = PathBytes.Decode(RegularFile.Read(record, record, "open", maxBytes: 1024 * 1024).Span);
        if (ProjectPath.Name(path).StartsWith(TemporaryPrefix, StringComparison.Ordinal) && FileStatus.Find(path, follow: false) is not null)
        {
            // A folder if it is an unfinished copy.
            TreeRemoval.Remove(path);
            report(path, null);
        }
    }
}
