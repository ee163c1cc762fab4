using System.Diagnostics;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>What it takes to scan the processes, and how soon a browser sees a new file in a folder that it watches.</summary>
internal static class StatusMeasurement
{
    public const string Group = "status";

    private const int Processes = 300;
    private const double MostCpuMilliseconds = 15;
    private const int Files = 500;

    /// <summary>Least time between two looks at a folder (spec 06 §8).</summary>
    private const double DebounceMilliseconds = 2_000;
    private static readonly TimeSpan ScanPause = TimeSpan.FromMilliseconds(100);

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick) =>
        [await ScanAsync(published, quick), await WatchAsync(published, quick)];

    /// <summary>The CPU time of a daemon that does nothing but scan.</summary>
    private static async Task<Row> ScanAsync(Published published, bool quick)
    {
        var sleepers = Enumerable.Range(0, Processes).Select(_ => Process.Start("/bin/sleep", "1000")).ToList();
        try
        {
            using var daemon = ServerProcess.StartStandalone(published.Daemon, "COCALC_PROJECT_INFO_SCAN_INTERVAL_S=0.1");
            await Task.Delay(TimeSpan.FromSeconds(quick ? 3 : 8));
            List<double> times = [];
            for (var round = 0; round < 5; round++)
            {
                var (cpu, begin) = (ProcessFigures.CpuSeconds(daemon.Pid), Stopwatch.GetTimestamp());
                await Task.Delay(TimeSpan.FromSeconds(quick ? 1 : 3));
                cpu = ProcessFigures.CpuSeconds(daemon.Pid) - cpu;
                var wall = Stopwatch.GetElapsedTime(begin).TotalSeconds;

                // A scan and its pause take at least the pause and the scan's CPU time: cpu = scans * x, wall = scans * (pause + x).
                times.Add(1000 * cpu * ScanPause.TotalSeconds / (wall - cpu));
            }

            return Row.AtMost(Group, $"a scan of {Processes} processes and those of the machine, CPU", "ms", times.Median(), MostCpuMilliseconds);
        }
        finally
        {
            sleepers.ForEach(sleeper =>
            {
                sleeper.Kill();
                sleeper.Dispose();
            });
        }
    }

    private static async Task<Row> WatchAsync(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartStandalone(published.Daemon);
        var folder = Directory.CreateDirectory(Path.Join(daemon.Folder, "watched")).FullName;
        ListingMeasurement.Fill(folder, Files - 1);
        await using var client = await StoreMeasurement.ConnectAsync(daemon);
        await using var listings = await client.OpenDkvAsync(new ProjectStores(ServerProcess.ProjectId).Listings);
        var service = new ConatServiceClient(client, ConatNames.ServiceSubject(ServerProcess.ProjectId, "listings", 0));
        await service.CallAsync("watch", ["watched"]);
        List<double> times = [], pings = [];
        for (var round = 0; round < (quick ? 3 : 7); round++)
        {
            // The changes of the round before are over.
            await Task.Delay(TimeSpan.FromMilliseconds(2 * DebounceMilliseconds));
            var begin = Stopwatch.GetTimestamp();
            await service.PingAsync();
            pings.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var name = $"new-{round}";
            void OnChanged(DkvChange change)
            {
                if ((change.Value as WireValue.Members)?["files"] is WireValue.Items files && files.Values.Any(file => ((WireValue.Members)file)["name"].AsText() == name))
                {
                    seen.TrySetResult();
                }
            }

            listings.Changed += OnChanged;
            begin = Stopwatch.GetTimestamp();
            await File.WriteAllTextAsync(Path.Join(folder, name), "");
            await seen.Task.WaitAsync(TimeSpan.FromSeconds(20));
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            listings.Changed -= OnChanged;
            File.Delete(Path.Join(folder, name));
        }

        return Row.AtMost(Group, $"a new file in a watched folder of {Files} at a dkv", "ms", times.Median(), DebounceMilliseconds + (2 * pings.Median()));
    }
}
