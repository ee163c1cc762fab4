using System.Buffers.Text;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>All processes, read from <c>/proc</c> one after the other.</summary>
internal sealed class ProcessTable
{
    private readonly Dictionary<int, int> _places;
    private ILookup<int, int>? _children;

    private ProcessTable(List<ProcessEntry> processes, long timestamp, DateTimeOffset begin, double uptime)
    {
        Processes = processes;
        (Timestamp, Begin, UptimeSeconds) = (timestamp, begin, uptime);
        _places = new Dictionary<int, int>(processes.Count);
        for (var place = 0; place < processes.Count; place++)
        {
            _places[processes[place].Pid] = place;
        }
    }

    /// <summary>In the order of <c>/proc</c>.</summary>
    public IReadOnlyList<ProcessEntry> Processes { get; }

    /// <summary>When the scan ended, in ticks of its clock.</summary>
    public long Timestamp { get; }

    /// <summary>When the scan began.</summary>
    public DateTimeOffset Begin { get; }

    /// <summary>How long the machine has run; 0 if it doesn't say.</summary>
    public double UptimeSeconds { get; }

    /// <summary>Reads the processes. Blocks.</summary>
    /// <param name="proc"><c>/proc</c>.</param>
    /// <param name="options">How many, and how long it may take.</param>
    /// <param name="withDetails">Whether programs and arguments are wanted too, which takes twice as long.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="TimeoutException">It takes too long.</exception>
    /// <exception cref="PosixException">There is no such folder.</exception>
    public static ProcessTable Read(string proc, ProcessScanOptions options, bool withDetails, TimeProvider time)
    {
        var (begin, start) = (time.GetUtcNow(), time.GetTimestamp());
        using var folder = FileDescriptor.Open(proc, LibC.O_RDONLY | LibC.O_DIRECTORY, "open", proc);
        var files = new ProcessFiles(folder);
        var uptime = files.Uptime();
        var processes = new List<ProcessEntry>();
        using var names = new DirectoryReader(folder);
        for (var seen = 0; seen < options.MaxProcesses && names.TryNext();)
        {
            if (!Utf8Parser.TryParse(names.Name, out int pid, out var length) || length != names.Name.Length || pid <= 0)
            {
                continue;
            }

            seen++;
            if (files.TryRead(pid, withDetails, out var entry))
            {
                processes.Add(entry);
            }

            if (time.GetElapsedTime(start) > options.ScanTimeout)
            {
                throw new TimeoutException($"the process scan took longer than {options.ScanTimeout}");
            }
        }

        return new ProcessTable(processes, time.GetTimestamp(), begin, uptime);
    }

    /// <summary>The process and all its descendants that were seen; empty if the process itself was not.</summary>
    public IEnumerable<ProcessEntry> Tree(int root)
    {
        if (!_places.ContainsKey(root))
        {
            yield break;
        }

        _children ??= Processes.ToLookup(entry => entry.Stat.ParentPid, entry => entry.Pid);
        var open = new Stack<int>([root]);

        // The scan is not one instant: with a reused pid it may even hold a circle.
        var seen = new HashSet<int>();
        while (open.TryPop(out var pid))
        {
            if (!seen.Add(pid))
            {
                continue;
            }

            yield return Processes[_places[pid]];
            foreach (var child in _children[pid])
            {
                open.Push(child);
            }
        }
    }
}
