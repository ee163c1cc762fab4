using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// Removes partial uploads that a crash has left (spec 06 §7.2): those that nobody has written to for long. It looks into a folder when something is uploaded to it,
/// but not into the same one again and again.
/// </summary>
/// <param name="maxAge">What is older goes.</param>
/// <param name="interval">So long a folder isn't looked into again.</param>
/// <param name="time">The clock.</param>
internal sealed class OldPartialUploads(TimeSpan maxAge, TimeSpan interval, TimeProvider time)
{
    /// <summary>Most folders remembered; then it begins anew.</summary>
    private const int MaxFolders = 1_000;

    /// <summary>When a folder was last looked into. Guarded by itself.</summary>
    private readonly Dictionary<string, long> _lookedInto = new(StringComparer.Ordinal);

    /// <summary>Looks into the folder of <paramref name="target"/>. Blocks; what can't be removed stays.</summary>
    public void RemoveBeside(string target)
    {
        var path = ProjectPath.Folder(target);
        if (!IsDue(path) || FileDescriptor.TryOpen(LibC.AT_FDCWD, PathBytes.Encode(path), LibC.O_DIRECTORY, 0, out var folder) != 0)
        {
            return;
        }

        using (folder)
        {
            using var reader = new DirectoryReader(folder);
            while (reader.TryNext())
            {
                if (reader.Name.IndexOf(".partialupload-"u8) > 0 && PartialUpload.IsPartial(PathBytes.Decode(reader.Name)) && IsOld(folder, reader.NameWithNul))
                {
                    Remove(folder, reader.NameWithNul);
                }
            }
        }
    }

    private bool IsDue(string folder)
    {
        lock (_lookedInto)
        {
            if (_lookedInto.TryGetValue(folder, out var last) && time.GetElapsedTime(last) < interval)
            {
                return false;
            }

            if (_lookedInto.Count >= MaxFolders)
            {
                _lookedInto.Clear();
            }

            _lookedInto[folder] = time.GetTimestamp();
            return true;
        }
    }

    private bool IsOld(FileDescriptor folder, ReadOnlySpan<byte> name) =>
        FileStatus.TryRead(folder.Value, name, follow: false, out var status) == 0 && status.IsRegular
        && time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds((long)(status.Modified.InSeconds * 1_000)) > maxAge;

    private static unsafe void Remove(FileDescriptor folder, ReadOnlySpan<byte> name)
    {
        fixed (byte* pointer = name)
        {
            _ = LibC.unlinkat(folder.Value, pointer, 0);
        }
    }
}
