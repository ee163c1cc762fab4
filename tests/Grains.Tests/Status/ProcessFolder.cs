using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Status;

/// <summary>A folder like <c>/proc</c>, with processes that are there to be read only.</summary>
internal sealed class ProcessFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ProcessFolder() => File.WriteAllText(_folder.File("uptime"), "4616.66 9000.10\n");

    public string Path => _folder.Path;

    /// <summary>Adds a process; a part that is null is missing.</summary>
    public void Add(int pid, string? stat, string? commandLine, string? executable)
    {
        var folder = Directory.CreateDirectory(_folder.File($"{pid}")).FullName;
        if (stat is not null)
        {
            File.WriteAllText(System.IO.Path.Join(folder, "stat"), stat);
        }

        if (commandLine is not null)
        {
            File.WriteAllText(System.IO.Path.Join(folder, "cmdline"), commandLine);
        }

        if (executable is not null)
        {
            File.CreateSymbolicLink(System.IO.Path.Join(folder, "exe"), executable);
        }
    }

    /// <summary>Adds a process with the files of another.</summary>
    public void AddLike(int pid, int other) => Directory.CreateSymbolicLink(_folder.File($"{pid}"), $"{other}");

    /// <summary>A line of <c>stat</c> with 52 fields.</summary>
    public static string Stat(int pid, string name = "sh", int parent = 1, long userTicks = 0, long start = 452818) =>
        $"{pid} ({name}) S {parent} {pid} {pid} 0 -1 4194304 100 0 0 0 {userTicks} 7 300 4 20 -5 3 0 {start} 2662400 379 18446744073709551615 1 1 0 0 0 0 0 4096 16386 1 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

    public void Dispose() => _folder.Dispose();
}
