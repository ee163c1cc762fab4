using System.Globalization;

namespace ProjectSilo.Silo.DataDirectory;

/// <summary>Which run of the daemon this is: hubs show both to users, and metrics carry the id (spec 01 §7, §10).</summary>
/// <param name="SessionId">A random UUID v4 of this process.</param>
/// <param name="StartedAt">When the process was started.</param>
internal sealed record ProcessSession(string SessionId, DateTimeOffset StartedAt)
{
    private const int StartTimeField = 22;
    private const double TicksPerSecond = 100;

    public static ProcessSession Create(TimeProvider time) => new(Guid.NewGuid().ToString(), StartOfProcess(time.GetUtcNow()));

    /// <summary>Now, less the process' age by <c>/proc</c>. To 10 ms, where the boot time that .NET would add to is rounded to seconds.</summary>
    private static DateTimeOffset StartOfProcess(DateTimeOffset now)
    {
        var uptime = File.ReadAllText("/proc/uptime").Split(' ')[0];
        var stat = File.ReadAllText("/proc/self/stat");
        // The second field is the program's name in parentheses and may hold anything.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var started = double.Parse(fields[StartTimeField - 3], CultureInfo.InvariantCulture) / TicksPerSecond;
        return now - TimeSpan.FromSeconds(Math.Max(0, double.Parse(uptime, CultureInfo.InvariantCulture) - started));
    }
}
