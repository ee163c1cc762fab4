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
    private const double MostCpuPercent = 0.3;
    private const int Files = 500;
    private const int ManyFiles = 10_000;

    /// <summary>Least time between two looks at a folder (spec 06 §8).</summary>
    private const double DebounceMilliseconds = 2_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ScanPause = TimeSpan.FromMilliseconds(100);

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick) =>
        [await ScanAsync(published, quick), await IntervalAsync(published, quick), await WatchAsync(published, quick), await ManyAsync(published, quick)];

    /// <summary>The CPU time of a daemon that does nothing but scan.</summary>
    private static Task<Row> ScanAsync(Published published, bool quick) => AmongProcesses(published, "0.1", async daemon =>
    {
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
    });

    /// <summary>The same as often as a daemon does it: what it takes beyond one that hardly ever scans, at the same time.</summary>
    private static Task<Row> IntervalAsync(Published published, bool quick) => AmongProcesses(published, "5", scanning => WithDaemon(published, "3600", async idle =>
    {
        await Task.Delay(TimeSpan.FromSeconds(16));
        var (cpu, begin) = (Beyond(), Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(quick ? 30 : 120));
        cpu = Beyond() - cpu;
        return Row.AtMost(Group, $"scans of {Processes} processes every 5 s, CPU", "%", 100 * cpu / Stopwatch.GetElapsedTime(begin).TotalSeconds, MostCpuPercent);

        double Beyond() => ProcessFigures.CpuSeconds(scanning.Pid) - ProcessFigures.CpuSeconds(idle.Pid);
    }));

    /// <summary>Runs something with a daemon that scans, as somebody is subscribed to its status, beside many processes.</summary>
    private static async Task<Row> AmongProcesses(Published published, string intervalSeconds, Func<ServerProcess, Task<Row>> measure)
    {
        var sleepers = Enumerable.Range(0, Processes).Select(_ => Process.Start("/bin/sleep", "1000")).ToList();
        try
        {
            return await WithDaemon(published, intervalSeconds, measure);
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

    private static async Task<Row> WithDaemon(Published published, string intervalSeconds, Func<ServerProcess, Task<Row>> measure)
    {
        using var daemon = ServerProcess.StartStandalone(published.Daemon, $"COCALC_PROJECT_INFO_SCAN_INTERVAL_S={intervalSeconds}");
        await using var client = await StoreMeasurement.ConnectAsync(daemon);
        using var statuses = await client.SubscribeAsync(ConatNames.ProjectSubject(ServerProcess.ProjectId, "project-status", 0));
        return await measure(daemon);
    }

    /// <summary>The CPU time of a listing that is published because something has changed, beside that of one listing of the folder.</summary>
    private static async Task<Row> ManyAsync(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartStandalone(published.Daemon, "PROJECTSILO_DirectoryWatch__Debounce=00:00:00.010");
        var folder = Directory.CreateDirectory(Path.Join(daemon.Folder, "many")).FullName;
        ListingMeasurement.Fill(folder, ManyFiles);
        await using var client = await StoreMeasurement.ConnectAsync(daemon);
        await using var listings = await client.OpenDkvAsync(new ProjectStores(ServerProcess.ProjectId).Listings);
        var service = new ConatServiceClient(client, ConatNames.ServiceSubject(ServerProcess.ProjectId, "listings", 0));
        await service.CallAsync("watch", ["many"]);
        var (shown, begun) = (FileOf(listings), Stopwatch.GetTimestamp());
        while (shown is null && Stopwatch.GetElapsedTime(begun) < Patience)
        {
            await Task.Delay(1);
            shown = FileOf(listings);
        }

        var file = Path.Join(folder, shown!["name"].AsText());
        var size = (long)shown["size"].AsNumber()!.Value;
        var times = await RoundsAsync(async () =>
        {
            await File.AppendAllTextAsync(file, "x");
            size++;
            for (var begin = Stopwatch.GetTimestamp(); FileOf(listings)!["size"].AsNumber() != size;)
            {
                await Task.Delay(1);
                if (Stopwatch.GetElapsedTime(begin) > Patience)
                {
                    throw new TimeoutException("the listing does not change");
                }
            }
        });
        var direct = await RoundsAsync(() => service.CallAsync("getListing", [new WireObject { ["path"] = "many", ["hidden"] = true }.Build()]));
        return Row.AtMost(Group, $"a published listing of a folder of {ManyFiles}, CPU", "ms", times, direct).Beside("one listing", direct);

        async Task<double> RoundsAsync(Func<Task> round)
        {
            var rounds = quick ? 30 : 100;
            for (var i = 0; i < rounds; i++)
            {
                await round();
            }

            var cpu = ProcessFigures.CpuSeconds(daemon.Pid);
            for (var i = 0; i < rounds; i++)
            {
                await round();
            }

            return 1000 * (ProcessFigures.CpuSeconds(daemon.Pid) - cpu) / rounds;
        }
    }

    /// <summary>The first file of the folder's listing; null while there is none.</summary>
    private static WireValue.Members? FileOf(Dkv listings) =>
        (listings.Get("many") as WireValue.Members)?["files"] is WireValue.Items { Values: [WireValue.Members first, ..] } ? first : null;

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
            await seen.Task.WaitAsync(Patience);
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            listings.Changed -= OnChanged;
            File.Delete(Path.Join(folder, name));
        }

        return Row.AtMost(Group, $"a new file in a watched folder of {Files} at a dkv", "ms", times.Median(), DebounceMilliseconds + (2 * pings.Median()));
    }
}
