using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Kernels;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>Spare processes (spec 10 §3), with a real clock and short waits.</summary>
public sealed class KernelPoolTests
{
    private static readonly KernelOptions Pooled = new() { Kernel = "Python3", Path = "nb/d'ir/a.ipynb", UsesPool = true };

    private static void Quick(KernelsOptions options)
    {
        options.PoolSize = 1;
        options.PoolLaunchDelay = TimeSpan.FromMilliseconds(10);
        options.PoolInterval = TimeSpan.FromMilliseconds(50);
    }

    private static async Task<RunningKernel> Spare(KernelsProject project, params int[] others)
    {
        RunningKernel? spare = null;
        await Bounded.UntilAsync(async () => (spare = (await project.KernelDirectory.Running()).FirstOrDefault(kernel => !others.Contains(kernel.Pid))) is not null, "there is a spare");
        return spare!;
    }

    [Fact]
    public async Task Spare_IsTaken_AndBroughtToTheNotebook_UnseenByAnybody()
    {
        await using var project = await KernelsProject.Start(Quick);
        var first = await project.Kernel(Pooled);
        Assert.Equal("1", (await ExecutedCode.Of(first, "1")).Result);
        var firstPid = (await first.Status()).Pid;
        var spare = await Spare(project, firstPid);
        Assert.Equal("python3", spare.KernelName);
        Assert.Equal("""{"name":"python3","opts":{"env":{}}}""", await File.ReadAllTextAsync(Path.Join(project.Home, ".config/pool")));

        var second = await project.Kernel(Pooled);
        var executed = await ExecutedCode.Of(second, "import os\n[os.getcwd(), os.environ['COCALC_JUPYTER_FILENAME']]");
        Assert.Equal(spare.Pid, (await second.Status()).Pid);
        Assert.Equal($"[\"{project.Home}/nb/d'ir\", \"nb/d'ir/a.ipynb\"]", executed.Result);
        Assert.Equal(1, (int)executed.Contents("execute_result").Single()["execution_count"]!);
        Assert.Equal(2, executed.Contents("status").Count());
        await Spare(project, firstPid, spare.Pid);
    }

    [Fact]
    public async Task Spare_ServesItsKindOnly()
    {
        await using var project = await KernelsProject.Start(Quick);
        var first = await project.Kernel(Pooled);
        await first.Start(default).Within();
        var spare = await Spare(project, (await first.Status()).Pid);
        foreach (var options in (KernelOptions[])[
            Pooled with { UsesPool = false },
            Pooled with { Environment = ImmutableSortedDictionary<string, string>.Empty.Add("A", "1") },
            Pooled with { ResourceLimits = "-n 500" }])
        {
            var kernel = await project.Kernel(options);
            await kernel.Start(default).Within();
            Assert.NotEqual(spare.Pid, (await kernel.Status()).Pid);
        }
    }

    [Fact]
    public async Task Spare_ThatIsTooOld_OrDies_IsReplacedWhenWanted()
    {
        await using var project = await KernelsProject.Start(options =>
        {
            Quick(options);
            options.PoolTimeout = TimeSpan.FromMilliseconds(300);
        });
        Directory.CreateDirectory(Path.Join(project.Home, ".config"));
        await File.WriteAllTextAsync(Path.Join(project.Home, ".config/pool"), """{"name":"python3","opts":{"env":{"A":"1"}}}""");

        // As the last daemon had it; and when that is too old, another.
        var first = await Spare(project);
        var second = await Spare(project, first.Pid);
        Assert.True(await project.KernelDirectory.Stop(second.Pid) || (await project.KernelDirectory.Running()).All(kernel => kernel.Pid != second.Pid));
        await Spare(project, first.Pid, second.Pid);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"name":"nope","opts":{}}""")]
    [InlineData("""{"name":5,"opts":{"env":7}}""")]
    public async Task Configuration_ThatIsNonsense_IsIgnored(string text)
    {
        await using var project = await KernelsProject.Start(Quick);
        Directory.CreateDirectory(Path.Join(project.Home, ".config"));
        await File.WriteAllTextAsync(Path.Join(project.Home, ".config/pool"), text);
        var kernel = await project.Kernel(Pooled with { UsesPool = false });
        Assert.Equal("1", (await ExecutedCode.Of(kernel, "1")).Result);
        Assert.Single(await project.KernelDirectory.Running());
    }

    [Fact]
    public async Task JuliaAndUnknownLanguages_HaveNoSpares()
    {
        await using var project = await KernelsProject.Start(Quick);
        const string argv = """["/usr/bin/python3","-m","ipykernel_launcher","-f","{connection_file}"]""";
        project.Install("my-Julia", $$"""{"argv":{{argv}},"display_name":"x","language":"python"}""");
        project.Install("gap", $$"""{"argv":{{argv}},"display_name":"y","language":"gap"}""");
        foreach (var name in (string[])["my-julia", "gap"])
        {
            var kernel = await project.Kernel(Pooled with { Kernel = name });
            await kernel.Start(default).Within();
        }

        Assert.False(File.Exists(Path.Join(project.Home, ".config/pool")));
        Assert.Equal(2, (await project.KernelDirectory.Running()).Length);
    }

    [Fact]
    public async Task DaemonThatStops_EndsSpares()
    {
        await using var project = await KernelsProject.Start(Quick);
        var kernel = await project.Kernel(Pooled);
        await kernel.Start(default).Within();
        var spare = await Spare(project, (await kernel.Status()).Pid);
        await project.Stop().Within();
        Assert.False(LeftBehind.Runs(spare.Pid));
        Assert.Empty(project.Files());
        Assert.Empty(project.Processes());
    }
}
