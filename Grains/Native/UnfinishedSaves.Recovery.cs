using System.Globalization;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Grains.Native;

internal sealed partial class UnfinishedSaves
{
    /// <summary>What earlier runs left unfinished, the newest first: it is undone before what it was written over.</summary>
    /// <param name="failed">Told of each record that can't be read; it stays.</param>
    public IReadOnlyList<Unfinished> FindUnfinished(Action<string, PosixException> failed)
    {
        var found = new List<(Unfinished Save, FileTime Time)>();
        foreach (var record in Records())
        {
            try
            {
                switch (Path.GetExtension(record))
                {
                    case Old when OldContent.ReadHead(record) is { } head:
                        Register(head.Identity, record);
                        found.Add((new Unfinished(record, head.Path, head.Identity), FileStatus.Read(record, follow: false).Modified));
                        break;
                    case Temporary:
                        found.Add((new Unfinished(record, null, default), default));
                        break;
                    case Old or Partial:
                        Remove(record);
                        break;
                }
            }
            catch (PosixException exception)
            {
                failed(record, exception);
            }
        }

        return found.Count == 0 ? [] : [.. found.OrderByDescending(save => save.Time.Seconds).ThenByDescending(save => save.Time.Nanoseconds).Select(save => save.Save)];
    }

    /// <summary>Undoes one. The caller holds the lock of its file.</summary>
    /// <exception cref="PosixException">That can't be done now: the record stays for the next start.</exception>
    /// <exception cref="RequestException">The record is none.</exception>
    public RecoveredSave Recover(Unfinished save)
    {
        if (save.Path is null)
        {
            var removed = RemoveTemporary(save.Record);
            Remove(save.Record);
            return removed;
        }

        if (!IsRegistered(save.Identity, save.Record))
        {
            // Written anew meanwhile.
            return default;
        }

        var recovered = OldContent.Recover(save.Record);
        Settle(save.Identity, save.Record);
        return recovered;
    }

    /// <summary>Whether there is something at <paramref name="path"/>, on whatever device.</summary>
    /// <returns>False only if its folder is there, on the device on which the file was, and it is not in it.</returns>
    /// <exception cref="PosixException">That can't be told, e.g. while a file system is not mounted.</exception>
    internal static bool IsThere(string path, uint? deviceMajor, uint? deviceMinor, out FileStatus found)
    {
        var errno = FileStatus.TryRead(LibC.AT_FDCWD, PathBytes.Encode(path), follow: false, out found);
        if (errno == 0)
        {
            return true;
        }

        if (errno == PosixError.ENOENT
            && FileStatus.Find(ProjectPath.Folder(path), follow: true) is { IsFolder: true } folder
            && (deviceMajor is null || (folder.Identity.DeviceMajor == deviceMajor && folder.Identity.DeviceMinor == deviceMinor)))
        {
            return false;
        }

        throw new PosixException(errno, "lstat", PathBytes.Show(path));
    }

    private List<string> Records()
    {
        var records = new List<string>();
        if (FileDescriptor.TryOpen(LibC.AT_FDCWD, PathBytes.Encode(Folder), LibC.O_DIRECTORY, 0, out var folder) == 0)
        {
            using (folder)
            {
                using var reader = new DirectoryReader(folder);
                while (reader.TryNext())
                {
                    var name = PathBytes.Decode(reader.Name);
                    if (!name.StartsWith(_run, StringComparison.Ordinal))
                    {
                        records.Add(Path.Join(Folder, name));
                    }
                }
            }
        }

        return records;
    }

    private static RecoveredSave RemoveTemporary(string record)
    {
        var text = PathBytes.Decode(RegularFile.Read(record, record, "open", maxBytes: 1024 * 1024).Span).Split('\0');
        var device = text.Length > 1 ? text[1].Split(':') : [];
        if (!ProjectPath.Name(text[0]).StartsWith(TemporaryPrefix, StringComparison.Ordinal)
            || !IsThere(text[0], Number(device, 0), Number(device, 1), out _))
        {
            return default;
        }

        // A folder if it is an unfinished copy.
        TreeRemoval.Remove(text[0]);
        return new RecoveredSave(text[0], Beside: false);
    }

    private static uint? Number(string[] texts, int index) =>
        index < texts.Length && uint.TryParse(texts[index], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A record of an earlier run.</summary>
    /// <param name="Record">The record's path.</param>
    /// <param name="Path">The file that was being overwritten; null: the record is that of a temporary file.</param>
    /// <param name="Identity">That file.</param>
    internal sealed record Unfinished(string Record, string? Path, FileIdentity Identity);
}
