using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Project;

/// <summary>Tells which programs a user of the project can run: those in <c>HOME/bin</c>, <c>HOME/.local/bin</c>, then <c>PATH</c>.</summary>
internal sealed class ProgramSearch(ProjectSettings project)
{
    private readonly string[] _folders =
    [
        Path.Join(project.Home, "bin"),
        Path.Join(project.Home, ".local/bin"),
        .. project.Environment.GetValueOrDefault("PATH", "").Split(':', StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary><c>PATH</c> with the two folders of HOME in front.</summary>
    public string SearchPath => string.Join(':', _folders);

    /// <summary>Whether there is such an executable file. A name with a slash is tested as it is. Blocks.</summary>
    public bool Have(string name) => Find(name) is not null;

    /// <summary>The path of such an executable file; null if there is none. Blocks.</summary>
    public string? Find(string name) =>
        (name.Contains('/', StringComparison.Ordinal) ? [name] : _folders.Select(folder => Path.Combine(project.Home, folder, name))).FirstOrDefault(IsExecutable);

    private static bool IsExecutable(string path) => LibC.access(path, LibC.X_OK) == 0 && File.Exists(path);
}
