using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Files;

/// <summary>
/// The folders without which the project is lost: HOME, the data folder, and all that lead to them, by whatever name. Made for one call; blocks.
/// </summary>
internal sealed class ProtectedFolders
{
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private readonly HashSet<FileIdentity> _identities = [];

    public ProtectedFolders(params IEnumerable<string> folders)
    {
        foreach (var folder in folders)
        {
            AddWithParents(ProjectPath.Normalise(folder));
            if (LinkText.TryResolve(folder, out var resolved) == 0)
            {
                AddWithParents(resolved);
            }
        }
    }

    /// <summary>Whether removing the absolute, normalised <paramref name="path"/> would remove one of them. A link elsewhere to one may go.</summary>
    public bool Contains(string path) =>
        _paths.Contains(path) || (FileStatus.Find(path, follow: false) is { } status && _identities.Contains(status.Identity));

    private void AddWithParents(string path)
    {
        for (var current = path; _paths.Add(current) && current != "/"; current = ProjectPath.Folder(current))
        {
            // Of a link its own identity, too: it is part of the way.
            if (FileStatus.Find(current, follow: false) is { } status)
            {
                _identities.Add(status.Identity);
            }
        }

        if (FileStatus.Find("/", follow: false) is { } root)
        {
            _identities.Add(root.Identity);
        }
    }
}
