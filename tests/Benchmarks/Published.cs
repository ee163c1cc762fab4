using System.Diagnostics;

namespace ProjectSilo.Benchmarks;

/// <summary>What is measured: the published daemon, and this program published in the same way.</summary>
/// <param name="Daemon">Path of <c>ProjectSilo.dll</c>.</param>
/// <param name="Baseline">Path of this program's assembly.</param>
internal sealed record Published(string Daemon, string Baseline)
{
    /// <summary>Publishes both into <c>tests/Benchmarks/bin/published</c>.</summary>
    /// <param name="daemon">A published daemon to take instead.</param>
    public static async Task<Published> Create(string? daemon)
    {
        var root = RepositoryRoot();
        if (daemon is null)
        {
            daemon = Path.Join(Output(root, "daemon"), "ProjectSilo.dll");
            await Publish(root, "Silo", daemon);
        }

        var baseline = Path.Join(Output(root, "baseline"), "ProjectSilo.Benchmarks.dll");
        await Publish(root, "tests/Benchmarks", baseline);
        return new Published(Path.GetFullPath(daemon), baseline);
    }

    /// <summary>A program of <c>tests/Benchmarks/node</c>.</summary>
    public static string Script(string name) => Path.Join(RepositoryRoot(), "tests", "Benchmarks", "node", name);

    /// <summary>A client of the end-to-end tests, whose packages <c>tests/run</c> installs.</summary>
    public static string EndToEndScript(string name) => Path.Join(RepositoryRoot(), "tests", "EndToEnd.Tests", "node", name);

    /// <summary>The daemon without ReadyToRun code, for the comparison of settings.</summary>
    public static async Task<string> CreateJitted()
    {
        var root = RepositoryRoot();
        var daemon = Path.Join(Output(root, "daemon-jit"), "ProjectSilo.dll");
        await Publish(root, "Silo", daemon, readyToRun: false);
        return daemon;
    }

    private static string Output(string root, string name) => Path.Join(root, "tests/Benchmarks/bin/published", name);

    private static async Task Publish(string root, string project, string assembly, bool readyToRun = true)
    {
        Console.Error.WriteLine($"publishing {project} ...");
        string[] arguments =
        [
            "publish", project, "-c", "Release", $"-p:PublishReadyToRun={(readyToRun ? "true" : "false")}", "-o", Path.GetDirectoryName(assembly)!,
            "-m:2", "-nodeReuse:false", "-v:quiet", "--nologo",
        ];
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{project} could not be published.");
        }
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Join(folder.FullName, "ProjectSilo.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("Run it from inside the repository.");
        }

        return folder.FullName;
    }
}
