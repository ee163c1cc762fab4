using System.Globalization;

namespace ProjectSilo.Tests;

/// <summary>What a process holds, read from <c>/proc</c>, to see that nothing leaks.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Descriptors">Open files, sockets and pipes; not the assemblies, which the runtime loads when it first needs them.</param>
/// <param name="ResidentMiB">Memory in RAM.</param>
internal sealed record ProcessUse(int Pid, int Descriptors, long ResidentMiB)
{
    // Idle connections of the runtime, log files, a socket that is just being closed.
    private const int SpareDescriptors = 15;

    public static ProcessUse Of(int pid) => new(pid, Directory.GetFileSystemEntries($"/proc/{pid}/fd").Count(IsNoAssembly), StatusKiB(pid, "VmRSS") / 1024);

    /// <summary>Whether the process runs; a zombie doesn't.</summary>
    public static bool IsAlive(int pid) => State(pid) is { } state && state != 'Z';

    /// <summary>Pids of the children that have not been reaped.</summary>
    public IEnumerable<int> Zombies() => Children().Where(pid => State(pid) == 'Z');

    /// <summary>Pids of the children.</summary>
    public IEnumerable<int> Children() =>
        Directory.GetFileSystemEntries($"/proc/{Pid}/task")
            .SelectMany(task => ReadOrEmpty(Path.Join(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(pid => int.Parse(pid, CultureInfo.InvariantCulture));

    /// <summary>Waits until the process holds about what it held, and at most so much more memory.</summary>
    public async Task NothingLeakedAsync(int growthMiB = 512)
    {
        await Bounded.Until(() => Of(Pid).Descriptors <= Descriptors + SpareDescriptors, $"about {Descriptors} descriptors, not {Of(Pid).Descriptors}");
        await Bounded.Until(() => !Zombies().Any(), "no zombies");
        Assert.InRange(Of(Pid).ResidentMiB, 0, ResidentMiB + growthMiB);
    }

    private static bool IsNoAssembly(string descriptor) =>
        new FileInfo(descriptor).LinkTarget is { } target && !target.EndsWith(".dll", StringComparison.Ordinal);

    private static char? State(int pid) =>
        ReadOrEmpty($"/proc/{pid}/stat") is { Length: > 0 } stat ? stat[stat.LastIndexOf(')') + 2] : null;

    private static long StatusKiB(int pid, string name)
    {
        // A process that has just ended has no memory, and no such line.
        var line = ReadOrEmpty($"/proc/{pid}/status").Split('\n').FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // It has just ended.
            return "";
        }
    }
}
