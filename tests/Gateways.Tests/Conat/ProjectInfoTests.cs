using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Conat.Status;
using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Conat;

/// <summary><c>project-info</c>, <c>usage-info</c> and <c>project-status</c> on a real bus (spec 06 §10, spec 14).</summary>
public sealed class ProjectInfoTests(BusProject project) : IClassFixture<BusProject>
{
    private static readonly ProcessInfo Shell = new(
        28817, new ProcessStat(28739, 'S', 0.5, 0.25, 3, 4, 5, 1, 4528.18, 1552384), "/usr/bin/dash", ["/bin/sh", "-i"], 12.5, 88.5, ProcessRole.Terminal("tt/s1.term"));

    [Fact]
    public async Task ProjectInfo_Get_IsTheScan()
    {
        WireValue info = WireValue.Null;
        await Bounded.UntilAsync(async () => (info = await Ask("project-info", """["get",[]]""")) is WireValue.Members, "there is a scan");
        var members = (WireValue.Members)info;
        Assert.Equal(["timestamp", "processes", "uptime", "boottime", "disk_usage"], members.Values.Select(member => member.Key).Where(name => name != "cgroup"));
        Assert.IsType<WireValue.Date>(members["boottime"]);
        var own = Assert.IsType<WireValue.Members>(((WireValue.Members)members["processes"])[Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        Assert.Equal(["pid", "ppid", "cmdline", "exe", "stat", "cpu", "uptime", "cocalc"], own.Values.Select(member => member.Key));
        Assert.Equal("""{"type":"project"}""", own["cocalc"].ToString());
    }

    [Theory]
    [InlineData("project-info")]
    [InlineData("usage-info")]
    public async Task UnknownMethod_IsAnErrorInTheHeaders(string service)
    {
        var reply = await Request(service, """["nope",[]]""");
        Assert.Equal(WireValue.Null, reply.Data);
        Assert.Equal("Error: nope not defined", ((WireValue.Members)reply.Headers!)["error"].AsText());
    }

    [Fact]
    public async Task UsageInfo_Get_IsNullAndThenZerosOfAKernelThatIsNot()
    {
        Assert.Equal(WireValue.Null, await Ask("usage-info", """["get",["none.ipynb"]]"""));
        WireValue usage = WireValue.Null;
        await Bounded.UntilAsync(async () => (usage = await Ask("usage-info", """["get",["none.ipynb"]]""")) is WireValue.Members, "it is measured");
        var members = (WireValue.Members)usage;
        Assert.Equal(["time", "cpu", "cpu_chld", "mem", "mem_chld", "mem_limit", "cpu_limit", "mem_free"], members.Values.Select(member => member.Key));
        Assert.Equal([0, 0, 0, 0], members.Values.Skip(1).Take(4).Select(member => member.Value.AsNumber()));
        Assert.Contains("path must be a string", ((WireValue.Members)(await Request("usage-info", """["get",[]]""")).Headers!)["error"].AsText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProjectStatus_IsPublishedFromTheStartOn()
    {
        using var subscription = project.Hub.Subscribe(BusProject.Subject("project-status", 3));
        await project.AddDaemon(computeServerId: 3);
        var first = await subscription.ReadAsync(default).AsTask().Within();
        Assert.Equal("""{"alerts":[],"usage":{},"version":1795300000}""", first!.Data.ToString());
        var second = (WireValue.Members)(await subscription.ReadAsync(default).AsTask().Within())!.Data;
        Assert.Equal(["alerts", "usage", "version"], second.Values.Select(member => member.Key));
        Assert.True(((WireValue.Members)second["usage"])["disk_mb"].AsNumber() > 0);
    }

    [Fact]
    public async Task ProjectStatus_OfADaemonThatWaitsForInterest_IsToldToTheFirstWhoSubscribes()
    {
        await project.AddDaemon(computeServerId: 4, configureServices: services => services.Configure<ProjectStatusOptions>(options => options.WaitForInterest = true));

        // A scan for somebody else doesn't take the place of the first status.
        await project.Hub.RequestAsync(BusProject.Subject("project-info", 4), BusProject.Wire("""["get",[]]"""), new PublishOptions { WaitForInterest = true }).Within();
        using var subscription = project.Hub.Subscribe(BusProject.Subject("project-status", 4));
        Assert.Equal("""{"alerts":[],"usage":{},"version":1795300000}""", (await subscription.ReadAsync(default).AsTask().Within())!.Data.ToString());
        Assert.Contains("disk_mb", (await subscription.ReadAsync(default).AsTask().Within())!.Data.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Wire_HasTheMembersOfTheSpecification()
    {
        var group = new ControlGroupInfo { Anonymous = 1, Slab = 2, TotalRss = 1, TotalCache = 2, MemoryLimit = 512, CpuUsage = 3, CpuUsageRate = 0.5, CpuCoresLimit = 0.25, OomKills = 4 };
        var info = new ProjectInfo(1783081032000, [Shell], 4616.75, DateTimeOffset.UnixEpoch, group, new DiskUsage(9, 8, 7, 0), new DiskUsage(4, 3, 2, 1));
        Assert.Equal(
            """
            {"timestamp":1783081032000,"processes":{"28817":{"pid":28817,"ppid":28739,"cmdline":["/bin/sh","-i"],"exe":"/usr/bin/dash","stat":{"ppid":28739,"state":"S","utime":0.5,"stime":0.25,"cutime":3,"cstime":4,"starttime":4528.18,"nice":5,"num_threads":1,"mem":{"rss":1.48046875}},"cpu":{"pct":12.5,"secs":0.75},"uptime":88.5,"cocalc":{"type":"terminal","path":"tt/s1.term"}}},"uptime":4616.75,"boottime":"1970-01-01T00:00:00.000Z","cgroup":{"mem_stat":{"anon":1,"slab":2,"total_rss":1,"total_cache":2,"hierarchical_memory_limit":512},"cpu_usage":3,"cpu_usage_rate":0.5,"cpu_cores_limit":0.25,"oom_kills":4},"disk_usage":{"tmp":{"total":9,"free":8,"available":7,"usage":0},"project":{"total":4,"free":3,"available":2,"usage":1}}}
            """,
            ProjectInfoWire.ToWire(info).ToString());
        var status = new ProjectStatus(
            [new ProjectAlert("cpu-cgroup"), new ProjectAlert("cpu-process", ["100", "9"]), new ProjectAlert("component", ["BlobStore"])],
            new ProjectUsage { DiskMiB = 1, MemoryPercent = 2, MemoryTotalMiB = 30, MemoryUsedMiB = 40, CpuPercent = 5, CpuSeconds = 6 });
        Assert.Equal(
            """{"alerts":[{"type":"cpu-cgroup"},{"type":"cpu-process","pids":["100","9"]},{"type":"component","names":["BlobStore"]}],"usage":{"disk_mb":1,"mem_pct":2,"mem_tot":30,"mem_rss":40,"cpu_pct":5,"cpu_tot":6},"version":7}""",
            ProjectInfoWire.ToWire(status, 7).ToString());
        Assert.Equal(
            """{"time":1,"cpu":2,"cpu_chld":3,"mem":4,"mem_chld":5,"mem_limit":6,"cpu_limit":0.5,"mem_free":8}""",
            ProjectInfoWire.ToWire(new UsageInfo(1, 2, 3, 4, 5, 6, 0.5, 8)).ToString());
    }

    private async Task<WireValue> Ask(string service, string request) => (await Request(service, request)).Data;

    private Task<ConatMessage> Request(string service, string request) =>
        project.Hub.RequestAsync(BusProject.Subject(service), BusProject.Wire(request), new PublishOptions { WaitForInterest = true }).Within();
}
