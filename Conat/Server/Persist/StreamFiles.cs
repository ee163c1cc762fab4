using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Persist.Storage;

namespace ProjectSilo.Conat.Server.Persist;

/// <summary>Looks at the files of streams without a server, and without changing them. They may be in use.</summary>
public static class StreamFiles
{
    private const string Extension = ".db";
    private const int Slice = 1_000;

    /// <summary>The storage paths of all streams below <paramref name="root"/>, in order, with the size of the file and its last change.</summary>
    public static IEnumerable<(string Path, long Bytes, DateTime Changed)> List(string root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var folder = new DirectoryInfo(root);
        var files = folder.Exists ? folder.EnumerateFiles("*" + Extension, SearchOption.AllDirectories) : [];
        return files
            .Select(file => (Path.GetRelativePath(root, file.FullName)[..^Extension.Length], file.Length, file.LastWriteTimeUtc))
            .OrderBy(file => file.Item1, StringComparer.Ordinal);
    }

    /// <summary>The messages of a stream, in order.</summary>
    /// <param name="root">The folder of all streams.</param>
    /// <param name="path">The storage path.</param>
    /// <param name="last">Only so many, the last ones; null is all.</param>
    /// <exception cref="ConatException">There is no such stream, or its file can't be read.</exception>
    public static IEnumerable<StoredMessage> Read(string root, string path, int? last = null)
    {
        if (!StoragePath.IsNormalized(path) || path.StartsWith("..", StringComparison.Ordinal) || !File.Exists(Path.Join(root, path + Extension)))
        {
            throw new ConatException($"there is no stream '{path}'");
        }

        return ReadAll(new SqliteStore(Path.Join(root, path + Extension), isSync: false, new StreamCopies(null, null), isReadOnly: true), last);
    }

    private static IEnumerable<StoredMessage> ReadAll(SqliteStore store, int? last)
    {
        try
        {
            var skipped = Guarded(() =>
            {
                store.Open();
                return last is { } count ? Math.Max(0, store.Count - count) : 0;
            });
            for (var start = 0L; ;)
            {
                var from = start;
                var messages = Guarded(() => store.Read(from, long.MaxValue, Slice, long.MaxValue));
                foreach (var message in messages)
                {
                    if (skipped-- <= 0)
                    {
                        yield return message;
                    }
                }

                if (messages.Count < Slice)
                {
                    yield break;
                }

                start = messages[^1].Seq + 1;
            }
        }
        finally
        {
            store.Release();
        }
    }

    private static T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (StorageException exception)
        {
            throw exception.ToConat();
        }
    }
}
