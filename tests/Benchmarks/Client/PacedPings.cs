using System.Diagnostics;
using System.Globalization;

namespace ProjectSilo.Benchmarks.Client;

/// <summary>
/// Pings at a pace from a process and session of its own: a user who does nothing else. In the benchmark's process, the work of reading 100 MB answers would delay
/// the pings, too.
/// </summary>
internal sealed class PacedPings : IDisposable
{
    /// <summary>The first argument of the process; then <see cref="Hub"/> or <see cref="Echo"/>, the port, and the seconds.</summary>
    public const string Name = "ping-at-pace";

    public const string Hub = "hub";
    public const string Echo = "echo";

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(5);

    private readonly Process _process;

    private PacedPings(Process process) => _process = process;

    /// <summary>The process: connects, warms up, says so, waits for a line, pings, prints the microseconds of each.</summary>
    public static int Run(string kind, string port, string seconds)
    {
        var number = int.Parse(port, CultureInfo.InvariantCulture);
        using var client = kind == Hub ? HubClient.ConnectHub(number) : HubClient.ConnectEcho(number);
        HubLoad.Times(client, HubRequests.Ping, 5_000);
        Console.WriteLine("ready");
        Console.ReadLine();
        var until = Stopwatch.GetTimestamp() + (long)(double.Parse(seconds, CultureInfo.InvariantCulture) * Stopwatch.Frequency);
        var times = HubLoad.PacedTimes(client, HubRequests.Ping, Period, until);
        Console.WriteLine(string.Join(' ', times.Select(time => time.ToString("F1", CultureInfo.InvariantCulture))));
        return 0;
    }

    /// <summary>Starts it and waits until it is warm.</summary>
    public static async Task<PacedPings> Prepare(Published published, string kind, int port, TimeSpan time)
    {
        var arguments = (string[])["dotnet", published.Baseline, Name, kind, port.ToString(CultureInfo.InvariantCulture), time.TotalSeconds.ToString(CultureInfo.InvariantCulture)];
        var process = Process.Start(new ProcessStartInfo("setsid", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        return await process.StandardOutput.ReadLineAsync() == "ready" ? new PacedPings(process) : throw new InvalidOperationException("The pinging client did not start.");
    }

    /// <summary>Pings.</summary>
    /// <returns>The time of each, in milliseconds.</returns>
    public async Task<double[]> Measure()
    {
        await _process.StandardInput.WriteLineAsync();
        var line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The pinging client ended.");
        return [.. line.Split(' ').Select(time => double.Parse(time, CultureInfo.InvariantCulture) / 1000)];
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
