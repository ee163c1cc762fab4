using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Files;

/// <summary>Moves of files and folders with their companions, all checked before the first is done (spec 09 §5.2, §5.3). Blocks.</summary>
internal sealed class MovePlan(ProtectedFolders protectedFolders, UnfinishedSaves unfinished)
{
    private const string Exists = "dest already exists.";

    private readonly List<(string Source, string Target)> _moves = [];
    private readonly HashSet<string> _targets = new(StringComparer.Ordinal);
    private readonly HashSet<(string Source, string Target)> _planned = [];

    /// <summary>Plans one move between absolute, normalised paths. One that is planned already, perhaps as a companion, is done once.</summary>
    /// <exception cref="RequestException">A rule forbids it.</exception>
    /// <exception cref="PosixException">The source is missing: <c>lstat</c>.</exception>
    public void Add(string source, string target)
    {
        if (_planned.Contains((source, target)))
        {
            return;
        }

        var isFolder = Check(source, target);
        Plan(source, target);
        if (isFolder)
        {
            return;
        }

        foreach (var companion in Companions.MovedWith(source, target))
        {
            if (!_planned.Contains(companion) && FileStatus.Find(companion.Source, follow: false) is not null)
            {
                Check(companion.Source, companion.Target);
                Plan(companion.Source, companion.Target);
            }
        }
    }

    /// <summary>Does all moves in order. The first failure ends it; earlier ones stay done.</summary>
    /// <exception cref="RequestException">A target exists by now. Nothing is ever overwritten.</exception>
    /// <exception cref="PosixException">A call failed.</exception>
    public void Run()
    {
        foreach (var (source, target) in _moves)
        {
            Folders.Make(ProjectPath.Folder(target), Folders.Usual);
            var errno = FileMove.Try(source, target);
            if (errno == PosixError.EXDEV)
            {
                errno = TreeCopy.Try(source, target, unfinished, out var copied);
                if (errno == 0)
                {
                    copied.RemoveSources();
                }
            }

            switch (errno)
            {
                case 0:
                    break;
                case PosixError.EEXIST or PosixError.ENOTEMPTY:
                    throw new RequestException(Exists);
                default:
                    throw new PosixException(errno, "rename", $"{PathBytes.Show(source)}' -> '{PathBytes.Show(target)}");
            }
        }
    }

    private void Plan(string source, string target)
    {
        if (!_targets.Add(target))
        {
            throw new RequestException(Exists);
        }

        _planned.Add((source, target));
        _moves.Add((source, target));
    }

    /// <summary>The rules, in the order in which clients see them.</summary>
    /// <returns>Whether the source is a folder.</returns>
    private bool Check(string source, string target)
    {
        var from = FileStatus.Read(source, follow: false);
        var errno = FileStatus.TryRead(LibC.AT_FDCWD, PathBytes.Encode(target), follow: false, out var found);
        var to = errno == 0 ? found : default(FileStatus?);
        if (errno == PosixError.ENAMETOOLONG)
        {
            throw new PosixException(errno, "lstat", PathBytes.Show(target));
        }

        if (source == target || from.Identity == to?.Identity)
        {
            throw new RequestException("Source and destination must not be the same.");
        }

        if (from.IsFolder && to is { IsFolder: false })
        {
            throw new RequestException($"Cannot overwrite non-directory '{PathBytes.Show(target)}' with directory '{PathBytes.Show(source)}'.");
        }

        if (!from.IsFolder && to is { IsFolder: true })
        {
            throw new RequestException($"Cannot overwrite directory '{PathBytes.Show(target)}' with non-directory '{PathBytes.Show(source)}'.");
        }

        if (from.IsFolder && IsInside(from.Identity, source, target))
        {
            throw new RequestException($"Cannot move '{PathBytes.Show(source)}' to a subdirectory of itself, '{PathBytes.Show(target)}'.");
        }

        if (to is not null)
        {
            throw new RequestException(Exists);
        }

        return protectedFolders.Contains(source) ? throw new RequestException($"refusing to move '{PathBytes.Show(source)}'") : from.IsFolder;
    }

    /// <summary>Whether the target would lie in the folder, by its name or through links.</summary>
    private static bool IsInside(FileIdentity folder, string source, string target)
    {
        if (target.StartsWith(source.TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            return true;
        }

        // The nearest folder that exists, and from there up.
        var existing = ProjectPath.Folder(target);
        string resolved;
        while (LinkText.TryResolve(existing, out resolved) != 0 && existing != "/")
        {
            existing = ProjectPath.Folder(existing);
        }

        for (var current = resolved; current.Length > 0; current = current == "/" ? "" : ProjectPath.Folder(current))
        {
            if (FileStatus.Find(current, follow: false)?.Identity == folder)
            {
                return true;
            }
        }

        return false;
    }
}
