using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;
using ProjectSilo.Silo.DataDirectory;
using ProjectSilo.Silo.Hosting;
using ProjectSilo.Silo.Kucalc;
using ProjectSilo.Silo.Telemetry;

namespace ProjectSilo.Tests.Process;

public sealed class KucalcTests
{
    private static readonly CgroupUsage Unknown = new(null, null, null, null, null);

    [Fact]
    public void ToJson_OfAKnownStatus_IsTheSpecifiedObject()
    {
        var status = new ProjectStatus(At(1783081032000), new CgroupUsage(0, 0, 0, 1.5, 0), TmpMiB: 18652, DiskMiB: 18652, Processes: 12);
        Assert.Equal(
            """{"time":1783081032000,"memory":{"rss":18652000,"cache":0,"limit":0},"disk_MB":18652,"cpu":{"usage":1.5},"start_ts":1783081031000,"session_id":"s","processes":{"count":12},"oom_kills":0}""",
            status.ToWire(At(1783081031000), "s").ToString());
    }

    [Fact]
    public void ToJson_OfUnknowns_LeavesThemOut() =>
        Assert.Equal(
            """{"time":1,"memory":{"rss":0},"disk_MB":2,"cpu":{},"start_ts":3,"session_id":"s","processes":{}}""",
            new ProjectStatus(At(1), Unknown, 0, 2, null).ToWire(At(3), "s").ToString());

    [Fact]
    public void Read_OfCgroupVersion1_TakesTheTotals() => Assert.Equal(
        new CgroupUsage(10, 20, 30, 2.5, 4),
        ReadCgroup(
            ("memory/memory.stat", "cache 1\nrss 1\nhierarchical_memory_limit 30720\ntotal_cache 20480\ntotal_rss 10240\ntotal_rss_huge 5\n"),
            ("cpuacct/cpuacct.usage", "2500000000\n"),
            ("memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n")));

    [Fact]
    public void Read_OfCgroupVersion2_TakesItsNames() => Assert.Equal(
        new CgroupUsage(10, 20, 30, 2.5, 4),
        ReadCgroup(
            ("cgroup.controllers", "cpu memory\n"),
            ("memory.stat", "anon 10240\nfile 16384\nslab 4096\n"),
            ("memory.max", "30720\n"),
            ("cpu.stat", "usage_usec 2500000\n"),
            ("memory.events", "oom 9\noom_kill 4\n")));

    [Fact]
    public void Read_OfCgroupVersion1WithFilesMissing_LeavesTheirMembersOut() => Assert.Equal(
        Unknown with { CpuSeconds = 2.5 },
        ReadCgroup(("cpuacct/cpuacct.usage", "2500000000\n")));

    [Fact]
    public void Read_OfNoCgroup_KnowsNothing() => Assert.Equal(Unknown, ReadCgroup());

    [Fact]
    public void WriteProject_BeginsWithTheSpecifiedBlock()
    {
        var text = new PrometheusText("project_id=\"p\",session_id=\"s\"");
        MetricsPage.WriteProject(text, null, 0, At(1783081031000));
        Assert.StartsWith(
            "# HELP cocalc_project_bugs_total The total number of caught bugs.\n# TYPE cocalc_project_bugs_total counter\n"
            + "cocalc_project_bugs_total{project_id=\"p\",session_id=\"s\"} 0\n"
            + "# HELP cocalc_project_start_time when the project/session started\n# TYPE cocalc_project_start_time counter\n"
            + "cocalc_project_start_time{project_id=\"p\",session_id=\"s\"} 1783081031000\n",
            text.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OfOurMeters_CountsFromTheStart()
    {
        using var meters = new SiloMeters();
        using var meter = new Meter("ProjectSilo.Tests.Kucalc");
        using var other = new Meter("Other");
        var calls = meter.CreateCounter<long>("test.calls", description: "Calls");
        calls.Add(1, new("method", "a\"b\\c\n"), new("code", 200));
        calls.Add(2, new KeyValuePair<string, object?>("code", 200), new KeyValuePair<string, object?>("method", "a\"b\\c\n"));
        other.CreateCounter<long>("other.calls").Add(1);
        meter.CreateObservableGauge("test.open", () => 7);
        var seconds = meter.CreateHistogram("test.duration", unit: "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        seconds.Record(1);
        seconds.Record(5);

        var text = new PrometheusText("p=\"1\"");
        meters.Write(text);
        var lines = text.ToString().Split('\n');
        Assert.Contains("# HELP test_calls Calls", lines);
        Assert.Contains("# TYPE test_calls counter", lines);
        Assert.Contains("test_calls{p=\"1\",code=\"200\",method=\"a\\\"b\\\\c\\n\"} 3", lines);
        Assert.Contains("test_open{p=\"1\"} 7", lines);
        Assert.Contains("test_duration_bucket{p=\"1\",le=\"1\"} 1", lines);
        Assert.Contains("test_duration_bucket{p=\"1\",le=\"2\"} 1", lines);
        Assert.Contains("test_duration_bucket{p=\"1\",le=\"+Inf\"} 2", lines);
        Assert.Contains("test_duration_sum{p=\"1\"} 6", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("other", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StatusLoop_SendsTheStatusAtOnce()
    {
        var project = new ProjectSettings { ProjectId = "p", Home = "/", Environment = ImmutableDictionary<string, string>.Empty };
        var hub = new RecordingHub();
        using var loop = new ProjectStatusLoop(
            new ProjectStatusReader(project, TimeProvider.System),
            hub,
            project,
            new ProcessSession("s", At(5)),
            Options.Create(new SiloOptions()),
            TimeProvider.System,
            NullLogger<ProjectStatusLoop>.Instance);
        await loop.StartAsync(CancellationToken.None);
        var query = JsonNode.Parse((await hub.Asked.Task.Within()).ToString())!;
        await loop.StopAsync(CancellationToken.None);
        Assert.Equal("p", (string?)query["projects"]!["project_id"]);
        Assert.Equal(5, (long?)query["projects"]!["status"]!["start_ts"]);
        Assert.True(loop.Latest!.DiskMiB > 0);
    }

    [Fact]
    public async Task Start_WithKucalc_ServesHealthAndMetrics()
    {
        await using var daemon = new DaemonProcess();
        await daemon.StartReadyAsync("--kucalc");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{daemon.BrowserPort}") };
        using var health = await http.PostAsync(new Uri("/health/x", UriKind.Relative), null);
        Assert.Equal("OK", await health.Content.ReadAsStringAsync());
        Assert.Equal("text/plain; charset=utf-8", health.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-cache, no-store", string.Join(", ", health.Headers.GetValues("Cache-Control").SelectMany(value => value.Split(", ")).Order(StringComparer.Ordinal)));
        using var metrics = await http.GetAsync(new Uri("/metrics", UriKind.Relative));
        var text = await metrics.Content.ReadAsStringAsync();
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", metrics.Content.Headers.ContentType?.ToString());
        Assert.Contains($"cocalc_project_bugs_total{{project_id=\"{DaemonProcess.ProjectId}\",session_id=\"{daemon.Read("session-id.txt")}\"}} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("\n\n# HELP process_cpu_user_seconds_total", text, StringComparison.Ordinal);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        using var api = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{daemon.ApiPort}") };
        using var elsewhere = await api.GetAsync(new Uri("/health", UriKind.Relative));
        Assert.Equal(404, (int)elsewhere.StatusCode);
    }

    private sealed class RecordingHub : IHubs
    {
        public event Action<bool>? ConnectedChanged
        {
            add { }
            remove { }
        }

        public TaskCompletionSource<WireValue> Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsConnected => true;

        public bool HasGreeted => true;

        public Task<WireValue.Members> Query(WireValue query, WireValue? options, CancellationToken cancellationToken, TimeSpan? timeout = null)
        {
            Asked.TrySetResult(query);
            return Task.FromResult(new WireValue.Members([]));
        }

        public IAsyncEnumerable<WireValue.Members> Changefeed(WireValue query, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string> SaveBlob(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private static CgroupUsage ReadCgroup(params (string Path, string Content)[] files)
    {
        var root = Directory.CreateTempSubdirectory("projectsilo-").FullName;
        try
        {
            foreach (var (path, content) in files)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(root, path))!);
                File.WriteAllText(Path.Join(root, path), content);
            }

            return CgroupUsage.Of(new ControlGroupFiles(root, root).ReadParts());
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
