using System.Text.Json;

namespace ProjectSilo.Tests;

/// <summary>
/// The captured cases of <c>tests/Vectors/*.json</c>, read as data. <c>PROJECTSILO_VECTORS</c> names another folder with files of the same shape.
/// </summary>
internal static class Vectors
{
    public static string Folder { get; } = Environment.GetEnvironmentVariable("PROJECTSILO_VECTORS") is { Length: > 0 } folder
        ? folder
        : Path.Combine(RepositoryRoot(), "tests", "Vectors");

    /// <summary>The root of file <paramref name="name"/>, e.g. <c>hub-tcp</c>.</summary>
    public static JsonElement Load(string name) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, name + ".json"))).RootElement;

    public static string RepositoryRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "ProjectSilo.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("The tests run from a build output below the repository.");
    }
}
