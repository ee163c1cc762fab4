using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Grains.Status;

namespace ProjectSilo.Grains.Tests.Status;

/// <summary>Which statuses and usages come of scans (spec 14 §6-§8).</summary>
public sealed class StatusTests
{
    private static readonly ProjectInfoOptions Options = new();
    private static readonly ControlGroupInfo Group = new()
    {
        TotalRss = 201.5,
        MemoryLimit = 512,
        CpuUsage = 77.4,
        CpuUsageRate = 0.1,
        CpuCoresLimit = 0.5,
    };

    [Fact]
    public void Usage_IsRounded()
    {
        var status = new StatusTracker(Options, new BrokenComponents()).Update(Info(0) with { ControlGroup = Group, Tmp = new DiskUsage(100, 90, 90, 10) });
        Assert.Equal(
            new ProjectStatus([], new ProjectUsage { DiskMiB = 601, MemoryPercent = 41, MemoryTotalMiB = 520, MemoryUsedMiB = 220, CpuPercent = 20, CpuSeconds = 77 }), status);
    }

    [Fact]
    public void Usage_WithoutControlGroup_IsTheDisk() =>
        Assert.Equal(new ProjectUsage { DiskMiB = 601 }, new StatusTracker(Options, new BrokenComponents()).Update(Info(0))!.Usage);

    [Fact]
    public void Usage_WithoutLimits_Is0Percent()
    {
        var usage = new StatusTracker(Options, new BrokenComponents()).Update(Info(0) with { ControlGroup = Group with { MemoryLimit = -1, CpuCoresLimit = -1 } })!.Usage;
        Assert.Equal((0.0, 0.0), (usage.MemoryPercent, usage.CpuPercent));
    }

    [Fact]
    public void Status_IsToldAtFirst_AndWhenItChangedAfterAMinute()
    {
        var tracker = new StatusTracker(Options, new BrokenComponents());
        Assert.NotNull(tracker.Update(Info(0)));
        Assert.Null(tracker.Update(Info(120)));
        Assert.NotNull(tracker.Update(Disk(125, usage: 700)));
        Assert.Null(tracker.Update(Disk(130, usage: 800)));

        // What changed between is told when the time has come, though nothing changes then.
        Assert.Null(tracker.Update(Disk(184, usage: 800)));
        Assert.Equal(800, tracker.Update(Disk(185, usage: 800))!.Usage.DiskMiB);
        Assert.Null(tracker.Update(Disk(300, usage: 800.2)));
    }

    [Fact]
    public void Alerts_ComeAfterAMinuteInARow_AndGoAtOnce()
    {
        var tracker = new StatusTracker(Options, new BrokenComponents());
        var full = Info(0) with
        {
            Project = new DiskUsage(1000, 99, 50, 901),
            ControlGroup = Group with { CpuUsageRate = 0.46, TotalRss = 500 },
            Processes = [Process(9, 95), Process(100, 91), Process(7, 90)],
        };
        Assert.Empty(tracker.Update(full)!.Alerts);
        Assert.True(tracker.IsUrgent);
        Assert.Null(tracker.Update(full with { Timestamp = 60_000 }));
        var status = tracker.Update(full with { Timestamp = 60_001 });
        Assert.Equal([new("cpu-cgroup"), new("disk"), new("memory"), new ProjectAlert("cpu-process", ["100", "9"])], status!.Alerts.AsEnumerable());
        Assert.Null(tracker.Update(full with { Timestamp = 65_000 }));
        Assert.Empty(tracker.Update(Info(70))!.Alerts);
        Assert.False(tracker.IsUrgent);

        // The minute begins anew.
        Assert.Null(tracker.Update(full with { Timestamp = 75_000, ControlGroup = null, Project = Info(0).Project }));
        Assert.Null(tracker.Update(full with { Timestamp = 129_000, ControlGroup = null, Project = Info(0).Project }));
        Assert.Equal([new ProjectAlert("cpu-process", ["100", "9"])], tracker.Update(full with { Timestamp = 135_001, ControlGroup = null, Project = Info(0).Project })!.Alerts.AsEnumerable());
        Assert.Equal([new ProjectAlert("cpu-process", ["9"])], tracker.Update(Info(140) with { Processes = [Process(9, 95)] })!.Alerts.AsEnumerable());
    }

    [Fact]
    public void BrokenComponent_IsToldAtOnce_AndLast()
    {
        var broken = new BrokenComponents();
        var tracker = new StatusTracker(Options, broken);
        var full = Info(0) with { Project = new DiskUsage(1000, 99, 50, 901) };
        Assert.Empty(tracker.Update(full)!.Alerts);
        broken.Report("BlobStore", isBroken: true);
        broken.Report("A", isBroken: true);
        broken.Report("BlobStore", isBroken: true);
        Assert.Equal([new ProjectAlert("component", ["A", "BlobStore"])], tracker.Update(full with { Timestamp = 5_000 })!.Alerts.AsEnumerable());
        broken.Report("A", isBroken: false);
        Assert.Equal([new("disk"), new ProjectAlert("component", ["BlobStore"])], tracker.Update(full with { Timestamp = 60_001 })!.Alerts.AsEnumerable());
        broken.Report("BlobStore", isBroken: false);
        Assert.Equal([new("disk")], tracker.Update(full with { Timestamp = 65_000 })!.Alerts.AsEnumerable());
    }

    [Fact]
    public void Disk_ThatIsUnknown_IsNotFull()
    {
        var tracker = new StatusTracker(Options, new BrokenComponents());
        tracker.Update(Info(0) with { Project = new DiskUsage(0, 0, 0, 0) });
        Assert.False(tracker.IsUrgent);
    }

    [Fact]
    public void UsageOfNotebook_IsThatOfItsKernelAndItsDescendants()
    {
        var tracker = new UsageTracker(Options);
        Assert.Null(tracker.Ask("a.ipynb", 0));
        Assert.Null(tracker.Ask("b.ipynb", 0));
        var info = Info(1) with
        {
            ControlGroup = Group,
            Tmp = new DiskUsage(100, 90, 90, 10),
            Processes =
            [
                Process(5, 12.5, 80.4, role: ProcessRole.Jupyter("a.ipynb")), Process(6, 3.3, 10.2, 5), Process(7, 4.4, 20.4, 6), Process(8, 50, 300, 1), Process(9, 50, 300, 1, ProcessRole.Terminal("b.ipynb")),
            ],
        };
        tracker.Update(info);
        Assert.Equal(new UsageInfo(1_000, 13, 8, 80, 31, 512, 0.5, 300.5), tracker.Ask("a.ipynb", 1_000));
        Assert.Equal(new UsageInfo(1_000, 0, 0, 0, 0, 512, 0.5, 300.5), tracker.Ask("b.ipynb", 1_000));
        Assert.Null(tracker.Ask("c.ipynb", 1_000));
    }

    [Theory]
    [InlineData(100, 104, false)]
    [InlineData(100, 106, true)]
    [InlineData(106, 100, true)]
    [InlineData(0, 0, false)]
    [InlineData(0, 1, true)]
    [InlineData(1, 0, true)]
    public void UsageOfNotebook_ChangesByMoreThanFivePercent(double before, double after, bool isNews)
    {
        var tracker = new UsageTracker(Options);
        tracker.Ask("a.ipynb", 0);
        tracker.Update(Of(1, before));
        tracker.Update(Of(2, after));
        Assert.Equal(isNews ? (2_000, after) : (1_000, before), tracker.Ask("a.ipynb", 2_000) is { } usage ? (usage.Time, usage.Cpu) : default);

        static ProjectInfo Of(int seconds, double percent) => Info(seconds) with { Processes = [Process(5, percent, role: ProcessRole.Jupyter("a.ipynb"))] };
    }

    [Fact]
    public void UsageOfNotebook_IsMeasuredWhileAskedFor_AndThenForgotten()
    {
        var tracker = new UsageTracker(new ProjectInfoOptions { MaxUsages = 1 });
        tracker.Ask("a.ipynb", 0);
        tracker.Update(Info(10));
        Assert.Equal(10_000, tracker.Ask("a.ipynb", 14_000)!.Time);
        Assert.Null(tracker.Ask("b.ipynb", 14_000));

        // Until 29 s; it is remembered until 30 s after it was measured.
        tracker.Update(Info(28) with { ControlGroup = Group });
        tracker.Update(Info(29));
        Assert.Equal((28_000, 512.0), tracker.Ask("a.ipynb", 57_000) is { } usage ? (usage.Time, usage.MemoryLimit) : default);
        Assert.Null(tracker.Ask("b.ipynb", 71_000));
        Assert.Null(tracker.Ask("b.ipynb", 72_000));
        Assert.Null(tracker.Ask("a.ipynb", 72_000));
    }

    [Theory]
    [InlineData(60, 0, false, 0)]
    [InlineData(60.1, 0, false, 4)]
    [InlineData(0, 300.1, false, 10)]
    [InlineData(600.1, 1, false, 19)]
    [InlineData(600, 601, false, 19)]
    [InlineData(0, 0, true, 18)]
    [InlineData(1000, 0, true, 18)]
    public void Nice_GrowsWithCpuTime(double own, double children, bool isFree, int expected) =>
        Assert.Equal(expected, Renicing.WantedNice(new ProcessStat(1, 'S', own, 0, children, 0, 0, 1, 0, 0), isFree));

    private static ProjectInfo Info(int seconds) =>
        new(seconds * 1000L, ImmutableArray<ProcessInfo>.Empty, 100, DateTimeOffset.UnixEpoch, null, new DiskUsage(100, 90, 90, 0), new DiskUsage(1000, 399.5, 350, 600.5));

    private static ProjectInfo Disk(int seconds, double usage) => Info(seconds) with { Project = new DiskUsage(1000, 1000 - usage, 150, usage) };

    private static ProcessInfo Process(int pid, double percent, double mib = 1, int parent = 1, ProcessRole? role = null) =>
        new(pid, new ProcessStat(parent, 'S', 0, 0, 0, 0, 0, 1, 0, (long)(mib * 1048576)), "/bin/sh", [], percent, 1, role);
}
