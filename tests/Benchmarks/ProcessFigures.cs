using System.Globalization;

namespace ProjectSilo.Benchmarks;

/// <summary>What the kernel says about a process.</summary>
internal static class ProcessFigures
{
    /// <summary>Seconds of processor time that the host of this virtual machine took since it started: the worst noise there is.</summary>
    public static double StolenSeconds()
    {
        // cpu  user nice system idle iowait irq softirq steal ..., in hundredths.
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return double.Parse(fields[8], CultureInfo.InvariantCulture) / 100;
    }

    private const double TicksPerSecond = 100;

    /// <summary>Resident memory, in MB (2^20 bytes): all of it, and its fair part where pages are shared.</summary>
    public static (double Rss, double Pss) Memory(int pid)
    {
        double rss = 0, pss = 0;
        foreach (var line in File.ReadLines($"/proc/{pid}/smaps_rollup"))
        {
            if (line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                rss = Megabytes(line);
            }
            else if (line.StartsWith("Pss:", StringComparison.Ordinal))
            {
                pss = Megabytes(line);
            }
        }

        return (rss, pss);
    }

    /// <summary>Most resident memory since <see cref="ResetPeak"/>, in MB (2^20 bytes).</summary>
    public static double PeakRss(int pid) => Megabytes(File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)));

    /// <summary>Forgets the peak.</summary>
    public static void ResetPeak(int pid) => File.WriteAllText($"/proc/{pid}/clear_refs", "5");

    /// <summary>Processor time used so far, in seconds.</summary>
    public static double CpuSeconds(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        // The name, in parentheses, may have spaces; utime and stime are fields 14 and 15.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private static double Megabytes(string line) =>
        double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
