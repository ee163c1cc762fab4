namespace ProjectSilo.Tests;

/// <summary>A folder of a test's own, removed at its end.</summary>
/// <param name="parent">Where to make it; null: where temporary files are.</param>
internal sealed class TemporaryFolder(string? parent = null) : IDisposable
{
    public string Path { get; } = parent is null
        ? Directory.CreateTempSubdirectory("projectsilo-test-").FullName
        : Directory.CreateDirectory(System.IO.Path.Join(parent, $"projectsilo-test-{Guid.NewGuid():N}")).FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
