using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Formatters;

/// <summary>Where prettier is: a package of node, which a program runs that is node as well (spec 12 §2.1).</summary>
/// <param name="Node">The path of <c>node</c>.</param>
/// <param name="Package">The folder of the package.</param>
internal sealed record PrettierInstallation(string Node, string Package)
{
    private const string Name = "prettier";

    /// <summary>The one beside the daemon, else the one whose program is in the <c>PATH</c>. Null if there is none, or no node. Blocks.</summary>
    public static PrettierInstallation? Find(ProgramSearch programs) =>
        programs.Find("node") is { } node && (Packages(programs).FirstOrDefault(IsPackage) is { } package) ? new PrettierInstallation(node, package) : null;

    private static IEnumerable<string> Packages(ProgramSearch programs)
    {
        yield return Path.Join(AppContext.BaseDirectory, "node_modules", Name);
        if (programs.Find(Name) is not { } program)
        {
            yield break;
        }

        // npm makes a link into the package.
        var target = LinkText.TryResolve(program, out var resolved) == 0 ? resolved : program;
        for (var folder = Path.GetDirectoryName(target); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }

        // Others make a script beside the packages, or in the bin beside lib.
        foreach (var folder in (string[])["..", "../lib/node_modules"])
        {
            yield return Path.GetFullPath(Path.Join(Path.GetDirectoryName(program), folder, Name));
        }
    }

    private static bool IsPackage(string folder) => Path.GetFileName(folder) == Name && File.Exists(Path.Join(folder, "package.json"));
}
