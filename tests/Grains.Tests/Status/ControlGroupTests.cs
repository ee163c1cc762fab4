using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Status;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Status;

/// <summary>Control groups and file systems (spec 14 §3, §4).</summary>
public sealed class ControlGroupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ControlGroupTests()
    {
        Write("proc/meminfo", "MemTotal:       16314508 kB\nMemFree:         1000000 kB\n");
        Write("proc/cpuinfo", "processor\t: 0\nmodel name\t: a processor\n\nprocessor\t: 1\n\nprocessor\t: 2\n");
        Write("proc/self/cgroup", "12:memory:/old\n0::/user.slice/a.scope\n");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("536870912\n", "50000 100000\n", 512, 0.5)]
    [InlineData("max\n", "max 100000\n", 16314508 / 1024.0, 3)]
    [InlineData(null, null, 16314508 / 1024.0, 3)]
    public void Version2_TakesTheGroupsOwnFolder(string? memoryMax, string? cpuMax, double limit, double cores)
    {
        Write("cgroup/cgroup.controllers", "cpu memory\n");
        Write("cgroup/memory.stat", "anon 1\n");
        WriteVersion2("cgroup/user.slice/a.scope", memoryMax, cpuMax);
        Assert.Equal(Expected(limit, cores), Read());
    }

    [Fact]
    public void Version2_InAContainer_TakesTheRoot()
    {
        Write("cgroup/cgroup.controllers", "cpu memory\n");
        WriteVersion2("cgroup", "536870912\n", "50000 100000\n");
        Assert.Equal(Expected(512, 0.5), Read());
    }

    [Fact]
    public void Version2_WithoutFiles_HasWhatTheMachineHas()
    {
        Write("cgroup/cgroup.controllers", "");
        Assert.Equal(new ControlGroupInfo { MemoryLimit = 16314508 / 1024.0, CpuCoresLimit = 3 }, Read());
        File.Delete(_folder.File("proc/meminfo"));
        Assert.Equal(new ControlGroupInfo { MemoryLimit = -1, CpuCoresLimit = 3 }, Read());
    }

    [Theory]
    [InlineData("50000\n", 0.5)]
    [InlineData("-1\n", -1)]
    public void Version1_HasFixedNames(string quota, double cores)
    {
        WriteVersion1(quota);
        Assert.Equal(
            new ControlGroupInfo { TotalRss = 100, TotalCache = 2, MemoryLimit = 512, CpuUsage = 12.5, CpuCoresLimit = cores, OomKills = 3 }, Read());
    }

    [Fact]
    public void Version1_WithAFileMissing_IsNotTriedAgain()
    {
        WriteVersion1("-1\n");
        var files = new ControlGroupFiles(_folder.File("cgroup"), _folder.File("proc"));
        Assert.NotNull(files.Read());
        File.Move(_folder.File("cgroup/memory/memory.oom_control"), _folder.File("aside"));
        Assert.Null(files.Read());
        File.Move(_folder.File("aside"), _folder.File("cgroup/memory/memory.oom_control"));
        Assert.Null(files.Read());
    }

    [Fact]
    public void UnknownVersion_IsNothing()
    {
        Directory.CreateDirectory(_folder.File("cgroup/cgroup.controllers"));
        WriteVersion1("-1\n");
        Assert.Null(Read());
    }

    [Fact]
    public void OfTheMachine_IsAsItsFilesSay()
    {
        var info = new ControlGroupFiles("/sys/fs/cgroup", "/proc").Read();
        if (info is null)
        {
            Assert.False(File.Exists("/sys/fs/cgroup/cgroup.controllers"));
            return;
        }

        Assert.True(info.TotalRss >= 0 && info.CpuUsage >= 0 && info.OomKills >= 0);
        Assert.NotEqual(0, info.CpuCoresLimit);
        Assert.NotEqual(0, info.MemoryLimit);
    }

    [Theory]
    [InlineData("tmpfs /tmp tmpfs rw,nosuid 0 0\n", true)]
    [InlineData("/dev/root / ext4 rw 0 0\nnone /tmp tmpfs rw 0 0\n", true)]
    [InlineData("/dev/sda /tmp ext4 rw 0 0\ntmpfs /tmp/a tmpfs rw 0 0\n", false)]
    [InlineData("tmpfs /run tmpfs rw 0 0\n", false)]
    [InlineData("", false)]
    public void TmpIsMemory_IfItIsMountedSo(string mounts, bool expected) => Assert.Equal(expected, MachineReader.IsTmpMemory(mounts));

    [Fact]
    public void Space_IsWhatTheSystemSays()
    {
        var drive = new DriveInfo(_folder.Path);
        Assert.Equal(0, FileSystemSpace.TryRead(_folder.Path, out var space));
        Assert.Equal(drive.TotalSize, space.TotalBytes);
        Assert.InRange(space.FreeBytes, space.AvailableBytes, space.TotalBytes);
        Assert.NotEqual(0, FileSystemSpace.TryRead(_folder.File("none"), out _));
    }

    private static ControlGroupInfo Expected(double limit, double cores) => new()
    {
        Anonymous = 100,
        File = 2,
        Kernel = 5,
        Slab = 1.5,
        TotalRss = 100,
        TotalCache = 3.5,
        MemoryLimit = limit,
        CpuUsage = 12.5,
        CpuCoresLimit = cores,
        OomKills = 3,
    };

    private ControlGroupInfo? Read() => new ControlGroupFiles(_folder.File("cgroup"), _folder.File("proc")).Read();

    private void WriteVersion2(string folder, string? memoryMax, string? cpuMax)
    {
        Write($"{folder}/memory.stat", "anon 104857600\nfile 2097152\nkernel 5242880\nkernel_stack 16384\nslab 1572864\nanon_thp 4096\n");
        Write($"{folder}/memory.events", "low 0\nhigh 0\nmax 7\noom 4\noom_kill 3\noom_group_kill 0\n");
        Write($"{folder}/cpu.stat", "usage_usec 12500000\nuser_usec 12000000\n");
        Write($"{folder}/memory.max", memoryMax);
        Write($"{folder}/cpu.max", cpuMax);
    }

    private void WriteVersion1(string quota)
    {
        Write("cgroup/memory/memory.stat", "rss 4096\nhierarchical_memory_limit 536870912\ntotal_cache 2097152\ntotal_rss 104857600\ntotal_rss_huge 4096\n");
        Write("cgroup/memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
        Write("cgroup/cpu,cpuacct/cpuacct.usage", "12500000000\n");
        Write("cgroup/cpu,cpuacct/cpu.cfs_quota_us", quota);
        Write("cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    }

    private void Write(string name, string? text)
    {
        if (text is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            File.WriteAllText(_folder.File(name), text);
        }
    }
}
