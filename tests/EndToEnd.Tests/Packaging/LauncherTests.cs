using System.Collections.Immutable;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.EndToEnd.Tests.Packaging;

/// <summary>The launcher that hubs start (spec 01 §1), in a container's PATH and as an npm package.</summary>
public sealed class LauncherTests
{
    private static string Docker => Path.Join(Vectors.RepositoryRoot(), "docker");

    [Fact]
    public void NpmWrapper_IsTheSameLauncher() => Assert.Equal(
        File.ReadAllBytes(Path.Join(Docker, "cocalc-project")), File.ReadAllBytes(Path.Join(Docker, "npm", "bin", "cocalc-project")));

    [Fact]
    public async Task Launcher_InstalledByNpm_PassesArgumentsEnvironmentAndExitCode()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("dotnet"), "#!/bin/sh\nprintf '%s\\n' \"$@\" \"$MARK\"\nexit 7\n");
        File.SetUnixFileMode(folder.File("dotnet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        // What `npm install` makes of the bin entry.
        Directory.CreateDirectory(folder.File("node_modules/.bin"));
        File.CreateSymbolicLink(folder.File("node_modules/.bin/cocalc-project"), Path.Join(Docker, "npm", "bin", "cocalc-project"));

        using var child = ChildProcess.Start(new SpawnOptions
        {
            Program = folder.File("node_modules/.bin/cocalc-project"),
            Arguments = ["--daemon", "--init", "a b.sh"],
            WorkingDirectory = folder.Path,
            Environment = ImmutableDictionary<string, string>.Empty
                .Add("PATH", $"{folder.Path}:/usr/bin:/bin").Add("PROJECTSILO_HOME", "/opt/x y").Add("MARK", "kept"),
            StandardOutput = ChildStream.File(folder.File("out")),
        });
        Assert.Equal(new ExitStatus(7, null), await child.Exited.Within());
        Assert.Equal("/opt/x y/ProjectSilo.dll\n--daemon\n--init\na b.sh\nkept\n", await File.ReadAllTextAsync(folder.File("out")));
    }
}
