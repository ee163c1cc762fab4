using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Files;

/// <summary>What new files begin with (spec 09 §7). Blocks.</summary>
internal static class Templates
{
    private const string System = "linux";

    /// <summary>The content for a new file: that of the first <c>default.{ext}</c> of the user or of the installation; else empty.</summary>
    public static ReadOnlyMemory<byte> For(string path, ProjectSettings project, long maxBytes)
    {
        var name = "default." + ProjectPath.Extension(path);
        var template = new[] { project.Home, project.Root, AppContext.BaseDirectory }
            .Where(root => !string.IsNullOrEmpty(root))
            .Select(root => Path.Join(root, "templates", System, name))
            .FirstOrDefault(candidate => FileStatus.Find(candidate, follow: true) is { IsRegular: true });
        return template is null ? default : RegularFile.Read(template, template, "open", maxBytes);
    }
}
