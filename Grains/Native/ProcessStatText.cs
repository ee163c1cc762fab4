using System.Buffers.Text;
using ProjectSilo.Grains.Interfaces.Status;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// <c>/proc/{pid}/stat</c> (proc(5)): <c>12 (a name) S 1 …</c>. The name may hold anything, parentheses and line breaks too, so the fields are counted from the last one:
/// state(3) ppid(4) … utime(14) stime(15) cutime(16) cstime(17) priority(18) nice(19) num_threads(20) itrealvalue(21) starttime(22) vsize(23) rss(24).
/// </summary>
internal static class ProcessStatText
{
    /// <summary>What the kernel counts in for programs, whatever it does itself.</summary>
    private const double ClockTicksPerSecond = 100;
    private const int FirstField = 3;
    private const int LastField = 24;

    /// <summary>Reads it.</summary>
    /// <returns>False if it is not of that form.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out ProcessStat stat)
    {
        stat = default;
        var nameEnd = text.LastIndexOf((byte)')');
        if (nameEnd < 0)
        {
            return false;
        }

        var fields = text[(nameEnd + 1)..];
        Span<long> values = stackalloc long[LastField + 1];
        for (var field = FirstField; field <= LastField; field++)
        {
            fields = fields.TrimStart((byte)' ');
            var end = fields.IndexOfAny((byte)' ', (byte)'\n');
            var value = end < 0 ? fields : fields[..end];
            if (field == FirstField && value.Length == 1)
            {
                values[field] = value[0];
            }
            else if (!Utf8Parser.TryParse(value, out values[field], out var length) || length != value.Length)
            {
                return false;
            }

            fields = fields[value.Length..];
        }

        stat = new ProcessStat(
            ParentPid: (int)values[4],
            State: (char)values[3],
            UserSeconds: values[14] / ClockTicksPerSecond,
            SystemSeconds: values[15] / ClockTicksPerSecond,
            ChildUserSeconds: values[16] / ClockTicksPerSecond,
            ChildSystemSeconds: values[17] / ClockTicksPerSecond,
            Nice: (int)values[19],
            Threads: (int)values[20],
            StartSeconds: values[22] / ClockTicksPerSecond,
            ResidentBytes: values[24] * Environment.SystemPageSize);
        return true;
    }
}
