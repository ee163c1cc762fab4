using System.Buffers.Text;
using System.Globalization;

namespace ProjectSilo.Grains.Native;

/// <summary>All processes at one instant, read from <c>/proc</c>.</summary>
internal sealed class ProcessTable
{
    private const double ClockTicksPerSecond = 100;

    private readonly Dictionary<int, ProcessUsage> _processes;
    private readonly ILookup<int, int> _children;

    private ProcessTable(Dictionary<int, ProcessUsage> processes, long timestamp)
    {
        _processes = processes;
        _children = processes.ToLookup(entry => entry.Value.ParentPid, entry => entry.Key);
        Timestamp = timestamp;
    }

    /// <summary>When the scan was made, in ticks of its clock.</summary>
    public long Timestamp { get; }

    /// <summary>All that were seen.</summary>
    public IEnumerable<int> Pids => _processes.Keys;

    /// <summary>Reads at most <paramref name="limit"/> processes. Blocks.</summary>
    public static ProcessTable Read(int limit, TimeProvider time)
    {
        var processes = new Dictionary<int, ProcessUsage>();
        Span<byte> buffer = stackalloc byte[1024];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (processes.Count >= limit)
            {
                break;
            }

            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && TryRead(pid, buffer, out var usage))
            {
                processes[pid] = usage;
            }
        }

        return new ProcessTable(processes, time.GetTimestamp());
    }

    /// <summary>The process and all its descendants that were seen; empty if the process itself was not.</summary>
    public IEnumerable<KeyValuePair<int, ProcessUsage>> Tree(int root)
    {
        if (!_processes.ContainsKey(root))
        {
            yield break;
        }

        var open = new Stack<int>([root]);

        // The scan is not one instant: with a reused pid it may even hold a circle.
        var seen = new HashSet<int>();
        while (open.TryPop(out var pid))
        {
            if (!seen.Add(pid))
            {
                continue;
            }

            yield return new KeyValuePair<int, ProcessUsage>(pid, _processes[pid]);
            foreach (var child in _children[pid])
            {
                open.Push(child);
            }
        }
    }

    private static bool TryRead(int pid, Span<byte> buffer, out ProcessUsage usage)
    {
        usage = default;
        try
        {
            using var file = File.OpenHandle($"/proc/{pid}/stat");
            return TryParse(buffer[..RandomAccess.Read(file, buffer, 0)], out usage);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Ended during the scan.
            return false;
        }
    }

    /// <summary>
    /// <c>12 (a name) S 1 …</c>: the name may hold spaces and parentheses, so the fields are counted from the last one. After it: state(3) ppid(4) … utime(14)
    /// stime(15) … rss(24).
    /// </summary>
    private static bool TryParse(ReadOnlySpan<byte> stat, out ProcessUsage usage)
    {
        usage = default;
        var fields = stat[(stat.LastIndexOf((byte)')') + 1)..];
        Span<long> values = stackalloc long[25];
        for (var field = 3; field < values.Length; field++)
        {
            fields = fields.TrimStart((byte)' ');
            var end = fields.IndexOf((byte)' ');
            if (end < 0)
            {
                return false;
            }

            if (field > 3 && !Utf8Parser.TryParse(fields[..end], out values[field], out _))
            {
                return false;
            }

            fields = fields[end..];
        }

        usage = new ProcessUsage((int)values[4], (values[14] + values[15]) / ClockTicksPerSecond, values[24] * Environment.SystemPageSize);
        return true;
    }
}
