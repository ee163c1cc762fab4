using System.Collections.Immutable;
using System.Text;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Runs <see cref="HelperProgram"/>, and programs that tests need.</summary>
internal static class HelperProcess
{
    private const int Nobody = 65534;

    /// <summary>The tests as nobody can read them: the repository may be below a folder that only its owner may enter, as <c>mktemp -d</c> makes it.</summary>
    private static readonly Lazy<Task<string>> ForNobody = new(CopyForNobody);

    /// <summary>Starts the helper; its stdout is to be read.</summary>
    public static ChildProcess Start(string home, params string[] arguments) => Start(typeof(HelperProcess).Assembly.Location, home, asNobody: false, arguments);

    private static ChildProcess Start(string assembly, string home, bool asNobody, string[] arguments) => ChildProcess.Start(new SpawnOptions
    {
        Program = Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet",
        Arguments = [assembly, home, .. arguments],
        WorkingDirectory = "/",
        Environment = ImmutableDictionary<string, string>.Empty.Add("PATH", Environment.GetEnvironmentVariable("PATH")!)
            .Add("HOME", "/tmp").Add("DOTNET_TieredPGO", "0").Add("DOTNET_NOLOGO", "1"),
        Uid = asNobody ? Nobody : null,
        Gid = asNobody ? Nobody : null,
        StandardInput = ChildStream.Null,
    });

    /// <summary>Runs the helper to its end.</summary>
    /// <returns>What it printed: the result, or the error's message.</returns>
    public static async Task<string> Run(string home, bool asNobody, params string[] arguments)
    {
        var assembly = asNobody ? await ForNobody.Value : typeof(HelperProcess).Assembly.Location;
        using var child = Start(assembly, home, asNobody, arguments);
        var errors = ReadAll(child.StandardError!);
        var output = await ReadAll(child.StandardOutput!).Within();
        var exit = await child.Exited.Within();
        Assert.True(exit.Code == 0, $"{exit} {output} {await errors}");
        return output.TrimEnd();
    }

    /// <summary>Runs a shell command that must succeed.</summary>
    public static async Task<string> Shell(string command)
    {
        using var child = ChildProcess.Start(new SpawnOptions
        {
            Program = "bash",
            Arguments = ["-c", command + " 2>&1"],
            WorkingDirectory = "/",
            Environment = ImmutableDictionary<string, string>.Empty.Add("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            StandardInput = ChildStream.Null,
        });
        var output = await ReadAll(child.StandardOutput!).Within();
        var exit = await child.Exited.Within();
        Assert.True(exit.Code == 0, $"{command}: {output}");
        return output;
    }

    public static async Task<string> ReadLine(ChildOutput pipe)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await pipe.ReadAsync(one, default).AsTask().Within() == 1 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        return line.ToString();
    }

    private static async Task<string> CopyForNobody()
    {
        var folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        await Shell($"cp -r '{AppContext.BaseDirectory}/.' '{folder.Path}' && chmod -R a+rX '{folder.Path}'");
        return folder.File(Path.GetFileName(typeof(HelperProcess).Assembly.Location));
    }

    private static async Task<string> ReadAll(ChildOutput pipe)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[4096];
        while (await pipe.ReadAsync(buffer, default) is > 0 and var count)
        {
            bytes.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
