using System.Text;
using System.Text.Unicode;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Files;

/// <summary>One scan of a folder for a listing (spec 09 §4). Blocks: it runs on <see cref="BlockingWork"/>.</summary>
internal ref struct DirectoryScan
{
    private readonly string _path;
    private readonly FileDescriptor _folder;
    private readonly bool _hidden;
    private int _foldersLeft;
    private long _countsLeft;

    private DirectoryScan(string path, FileDescriptor folder, bool hidden, FilesOptions options)
    {
        _path = path;
        _folder = folder;
        _hidden = hidden;
        _foldersLeft = options.MaxCountedFolders;
        _countsLeft = options.MaxCountedEntries;
    }

    /// <summary>The entries of the absolute <paramref name="path"/>.</summary>
    /// <exception cref="PosixException"><c>opendir</c> failed.</exception>
    public static DirectoryListing Run(string path, bool hidden, int? limit, FilesOptions options)
    {
        using var folder = FileDescriptor.Open(path, LibC.O_DIRECTORY | LibC.O_NONBLOCK, "opendir", path);
        var scan = new DirectoryScan(path, folder, hidden, options);
        return scan.Entries(limit, options.MaxListingEntries);
    }

    private DirectoryListing Entries(int? limit, int most)
    {
        var entries = new DirectoryListing.Builder();
        using var reader = new DirectoryReader(_folder);
        while (entries.Count != limit && reader.TryNext())
        {
            if (!_hidden && reader.NameWithNul[0] == '.')
            {
                continue;
            }

            if (entries.Count == most)
            {
                throw new RequestException($"the folder has more than {most} entries");
            }

            Add(entries, reader.NameWithNul);
        }

        return reader.Errno == 0 ? entries.Build() : throw new PosixException(reader.Errno, "readdir", PathBytes.Show(_path));
    }

    private void Add(DirectoryListing.Builder entries, ReadOnlySpan<byte> nameWithNul)
    {
        var name = nameWithNul[..^1];
        entries.Add(Utf8.IsValid(name) ? name : Encoding.UTF8.GetBytes(PathBytes.Show(name)), Examine(nameWithNul));
    }

    private DirectoryListing.Attributes Examine(ReadOnlySpan<byte> name)
    {
        var errno = FileStatus.TryRead(_folder.Value, name, follow: false, out var status);
        if (errno != 0)
        {
            return new DirectoryListing.Attributes { Error = Error(errno, "lstat", name) };
        }

        string? target = null;
        var isLink = status.IsLink;
        if (isLink)
        {
            target = LinkText.TryRead(_folder.Value, name, out var text) == 0 ? PathBytes.Show(text) : null;
            if (FileStatus.TryRead(_folder.Value, name, follow: true, out var followed) == 0)
            {
                status = followed;
            }
        }

        long? size = status.Size;
        string? error = null;
        if (status.IsFolder)
        {
            errno = Count(name, out size);
            error = errno == 0 ? null : Error(errno, "scandir", name);
        }

        return new DirectoryListing.Attributes(status.Modified.InSeconds, size, status.IsFolder, isLink, target, error);
    }

    /// <summary>Counts the entries of a sub-folder; null if too much has been counted already.</summary>
    private int Count(ReadOnlySpan<byte> name, out long? count)
    {
        count = null;
        if (_foldersLeft-- <= 0 || _countsLeft <= 0)
        {
            return 0;
        }

        var errno = FileDescriptor.TryOpen(_folder.Value, name, LibC.O_DIRECTORY | LibC.O_NONBLOCK, 0, out var folder);
        if (errno != 0)
        {
            return errno;
        }

        using (folder)
        {
            using var reader = new DirectoryReader(folder);
            long counted = 0;
            while (reader.TryNext())
            {
                if (_countsLeft-- <= 0)
                {
                    return 0;
                }

                if (_hidden || reader.NameWithNul[0] != '.')
                {
                    counted++;
                }
            }

            count = reader.Errno == 0 ? counted : null;
            return reader.Errno;
        }
    }

    private readonly string Error(int errno, string call, ReadOnlySpan<byte> nameWithNul) =>
        "Error: " + new PosixException(errno, call, PathBytes.Show($"{_path.TrimEnd('/')}/{PathBytes.Show(nameWithNul[..^1])}")).Message;
}
