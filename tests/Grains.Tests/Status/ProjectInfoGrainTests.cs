using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;
using ProjectSilo.Grains.Status;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Status;

/// <summary>The grain that watches this machine (spec 14).</summary>
public sealed class ProjectInfoGrainTests : IAsyncLifetime
{
    private readonly TemporaryFolder _home = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<Process> _children = [];
    private IHost? _host;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var child in _children)
        {
            child.Kill();
            child.Dispose();
        }

        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }

        _home.Dispose();
    }

    [Fact]
    public async Task Info_HasThisProcessAndThoseWithRoles()
    {
        var grain = await Start();
        var roles = _host!.Services.GetRequiredService<ProcessRoles>();
        var (shell, sshd) = (Run("sleep 60; true"), Run("exec -a 'sshd: user -p 2222' sleep infinity"));
        roles.Add(shell.Id, ProcessRole.Terminal("a.term"));
        var info = await Until(grain, info => Find(info, shell.Id) is not null && Find(info, Environment.ProcessId) is not null);
        Assert.Equal(ProcessRole.Terminal("a.term"), Find(info, shell.Id)!.Role);
        Assert.Equal(ProcessRole.Project, Find(info, Environment.ProcessId)!.Role);
        Assert.Null(Find(info, Environment.ProcessId)!.CommandLine is [] ? "no arguments" : null);
        Assert.InRange(info.Processes.Length, 3, 1_024);
        Assert.Equal(info.Processes.Select(process => process.Pid).Order(), info.Processes.Select(process => process.Pid));
        Assert.Equal(_time.GetUtcNow().AddSeconds(-info.UptimeSeconds), info.BootTime, TimeSpan.FromSeconds(60));
        Assert.Equal(new DriveInfo(_home.Path).TotalSize / 1048576.0, info.Project.Total);
        Assert.Equal(info.Project.Total - info.Project.Free, info.Project.Usage);

        // Two arguments, so it is none.
        Assert.Null(Find(info, sshd.Id)?.Role);
        roles.Remove(shell.Id, ProcessRole.Jupyter("other"));
        Assert.Equal(ProcessRole.Terminal("a.term"), roles.Of(new ProcessEntry(shell.Id, default, "", [])));
        roles.Remove(shell.Id, ProcessRole.Terminal("a.term"));
        Assert.Null(roles.Of(new ProcessEntry(shell.Id, default, "", [])));
        Assert.Equal(ProcessRole.Sshd, roles.Of(new ProcessEntry(1, default, "", ["sshd: /usr/sbin/sshd -D -p 2222 [listener]"])));
    }

    [Fact]
    public async Task Info_OfTheFirstWhoAsks_IsTheFirstScan()
    {
        var grain = await Start();
        Assert.NotNull(Find((await grain.GetInfo().Within())!, Environment.ProcessId));
    }

    [Fact]
    public async Task Info_IsScannedAtOnceForWhomeverAsksAfterALongPause()
    {
        var grain = await Start(options => (options.IdleAfter, options.IdleScanInterval) = (TimeSpan.Zero, TimeSpan.FromDays(1)));
        await Until(grain, _ => true);
        var scanned = _time.GetUtcNow().AddSeconds(5);
        _time.Advance(TimeSpan.FromSeconds(10));
        await Until(grain, info => info.Timestamp > scanned.ToUnixTimeMilliseconds());
        Assert.InRange(_time.GetUtcNow() - scanned, TimeSpan.Zero, TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Status_IsUnknownAtFirst()
    {
        var grain = await Start(time: TimeProvider.System);
        var statuses = new List<ProjectStatus>();
        await foreach (var status in grain.FollowStatus(default))
        {
            statuses.Add(status);
            if (statuses.Count == 2)
            {
                break;
            }
        }

        Assert.Equal(ProjectStatus.Unknown, statuses[0]);
        Assert.True(statuses[1].Usage.DiskMiB > 0);
    }

    [Fact]
    public void Pace_IsSlowWhileNobodyAsks()
    {
        var pace = new ScanPace(new ProjectInfoOptions(), _time);
        Assert.Equal(TimeSpan.FromSeconds(5), pace.Next(isUrgent: false));
        _time.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromTicks(1));
        Assert.Equal(TimeSpan.FromSeconds(5), pace.Next(isUrgent: true));
        Assert.False(pace.Asked());
        _time.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromTicks(1));
        Assert.Equal(TimeSpan.FromSeconds(30), pace.Next(isUrgent: false));
        Assert.True(pace.Asked());
        Assert.False(pace.Asked());
        Assert.Equal(TimeSpan.FromSeconds(5), pace.Next(isUrgent: false));
        var renicing = new ScanPace(new ProjectInfoOptions { AutoRenice = true }, _time);
        _time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(TimeSpan.FromSeconds(5), renicing.Next(isUrgent: false));
    }

    [Fact]
    public async Task Usage_IsNullAtFirst_AndThenMeasured()
    {
        var grain = await Start();
        var kernel = Run("while :; do :; done");
        _host!.Services.GetRequiredService<ProcessRoles>().Add(kernel.Id, ProcessRole.Jupyter("a.ipynb"));
        Assert.Null(await grain.GetUsage("a.ipynb"));
        await Bounded.UntilAsync(
            async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return await grain.GetUsage("a.ipynb") is { Cpu: > 0, Memory: > 0 };
            },
            "the kernel is measured");
    }

    [Fact]
    public async Task Renicing_OfFreeProject_RaisesAllButTheDaemon()
    {
        // Only what is ours: other processes of this machine are not for a test to change.
        var (child, other) = (Run("sleep 60; true"), Run("sleep 60; true"));
        var stat = new ProcessStat(1, 'S', 0, 0, 0, 0, 0, 1, 0, 0);
        var processes = new[] { 1, Environment.ProcessId, child.Id, other.Id }.Select(pid =>
            new ProcessInfo(pid, pid == other.Id ? stat with { Nice = 19 } : stat, "/bin/sh", [], 0, 0, null)).ToImmutableArray();
        var own = LibC.getpriority(LibC.PRIO_PROCESS, 0);
        var failed = await Task.Run(() => Renicing.Apply(new ProjectInfo(0, processes, 0, default, null, new(0, 0, 0, 0), new(0, 0, 0, 0)), isFreeProject: true));
        Assert.Empty(failed);
        Assert.Equal((18, own, own), (NiceOf(child), NiceOf(other), LibC.getpriority(LibC.PRIO_PROCESS, Environment.ProcessId)));
        Assert.Equal(0, Niceness.Raise(child.Id, 5));
        Assert.Equal(18, NiceOf(child));
        Assert.Equal(0, Niceness.Raise(int.MaxValue, 5));

        static int NiceOf(Process process) => LibC.getpriority(LibC.PRIO_PROCESS, process.Id);
    }

    private static ProcessInfo? Find(ProjectInfo info, int pid) => info.Processes.FirstOrDefault(process => process.Pid == pid);

    private async Task<IProjectInfoGrain> Start(Action<ProjectInfoOptions>? configure = null, TimeProvider? time = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo.AddGrainClasses(GrainServices.GrainClasses));
        builder.Services.AddSingleton(time ?? _time);
        builder.Services.AddGrainServices();
        builder.Services.AddSingleton(new ProjectSettings { ProjectId = "p", Home = _home.Path, Environment = ImmutableDictionary<string, string>.Empty });
        builder.Services.AddSingleton(new NamedServerSettings { Folder = _home.File("servers") });
        builder.Services.Configure<ProcessScanOptions>(options => options.MaxProcesses = 100_000);
        builder.Services.Configure<ProjectInfoOptions>(options => configure?.Invoke(options));
        _host = builder.Build();
        await _host.StartAsync();
        return _host.Services.GetRequiredService<Orleans.IGrainFactory>().GetGrain<IProjectInfoGrain>(GrainKey.Of(0));
    }

    /// <summary>Lets time go on until there is such a scan.</summary>
    private async Task<ProjectInfo> Until(IProjectInfoGrain grain, Func<ProjectInfo, bool> condition)
    {
        ProjectInfo? info = null;
        await Bounded.UntilAsync(
            async () =>
            {
                info = await grain.GetInfo();
                if (info is not null && condition(info))
                {
                    return true;
                }

                _time.Advance(TimeSpan.FromMilliseconds(100));
                return false;
            },
            "there is such a scan");
        return info!;
    }

    private Process Run(string script)
    {
        var child = Process.Start(new ProcessStartInfo("/bin/bash") { ArgumentList = { "-c", script } })!;
        _children.Add(child);
        return child;
    }
}
