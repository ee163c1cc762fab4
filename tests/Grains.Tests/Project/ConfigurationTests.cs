using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Project;

/// <summary>Spec 09 §8.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public async Task Main_OfAnEmptyProject_HasEveryMemberFalse()
    {
        await using var cluster = new ProjectCluster();
        cluster.Environment = cluster.Environment.SetItem("PATH", cluster.Tools);
        await cluster.Start();
        var capabilities = (await cluster.Project.GetMainConfiguration(noCache: false).Within()).Capabilities;
        Assert.Null(capabilities.Jupyter);
        Assert.Empty(capabilities.SageVersion);
        Assert.Equal(
            ["autopep8", "babel", "bib-biber", "black", "clang-format", "css", "formatR", "gofmt", "html", "json", "latex", "latexindent", "markdown", "prettier",
                "python", "rustfmt", "tidy", "typescript", "yaml", "yapf", "yapf3", "zig"],
            capabilities.Formatting.Keys);
        Assert.Equal(["md5sum", "sha1sum", "sha256sum"], capabilities.Hashsums.Keys);
        Assert.DoesNotContain(true, capabilities.Formatting.Values.Concat(capabilities.Hashsums.Values));
        Assert.False(capabilities.Latex || capabilities.Sage || capabilities.RServer || capabilities.Spellcheck || capabilities.Library || capabilities.VsCode);
        Assert.Equal(cluster.Home, capabilities.HomeDirectory);
    }

    [Fact]
    public async Task Main_FindsToolsInHomeAndPath()
    {
        await using var cluster = new ProjectCluster();
        var jupyter = cluster.WriteTool("jupyter", folder: Path.Join(cluster.Home, "bin"));
        cluster.WriteTool("jupyter-lab", folder: Path.Join(cluster.Home, ".local/bin"));
        cluster.WriteTool("R");
        cluster.WriteTool("biber");
        cluster.WriteTool("google-chrome");
        foreach (var name in (string[])["sha1sum", "pdflatex", "latexmk", "synctex", "prettier"])
        {
            cluster.WriteTool(name);
        }

        await File.WriteAllTextAsync(Path.Join(cluster.Tools, "aspell"), "not executable");
        Directory.CreateDirectory(Path.Join(cluster.Tools, "pandoc"));
        cluster.Environment = cluster.Environment.SetItem("PATH", cluster.Tools);
        await cluster.Start();
        var capabilities = (await cluster.Project.GetMainConfiguration(noCache: false).Within()).Capabilities;
        Assert.Equal((true, false, false), (capabilities.Jupyter!.Lab, capabilities.Jupyter.Notebook, capabilities.Jupyter.Kernelspec));
        Assert.True(capabilities.Rmd && capabilities.Latex && capabilities.Html2Pdf && capabilities.Formatting["formatR"] && capabilities.Formatting["bib-biber"]);
        Assert.False(capabilities.Spellcheck || capabilities.Pandoc);
        // A program of that name, but no package to load, and no node (spec 06 §3.6).
        Assert.False(capabilities.Formatting["prettier"]);
        Assert.True(new ProgramSearch(new ProjectSettings { ProjectId = "", Home = "/", Environment = cluster.Environment }).Have(jupyter));
    }

    [Fact]
    public async Task Main_ResolvesHomeThroughLinks()
    {
        await using var cluster = new ProjectCluster();
        Directory.Delete(cluster.Home);
        Directory.CreateSymbolicLink(cluster.Home, cluster.Data);
        await cluster.Start();
        Assert.Equal(cluster.Data, (await cluster.Project.GetMainConfiguration(noCache: false).Within()).Capabilities.HomeDirectory);
    }

    [Theory]
    [InlineData("echo 'SageMath version 10.4, Release Date: 2024-07-19'", "10.4")]
    [InlineData("echo version 9.5.1; exit 1", "9.5.1")]
    [InlineData("echo 'a version 10.5+3 of Sage'", "10.5")]
    [InlineData("echo nothing", "")]
    [InlineData("echo version +++", "")]
    public async Task Main_AsksSageForItsVersion(string script, string version)
    {
        await using var cluster = new ProjectCluster();
        cluster.WriteTool("sage", "#!/bin/sh\n[ \"$1\" = --version ] || exit\n" + script + "\n");
        await cluster.Start();
        var capabilities = (await cluster.Project.GetMainConfiguration(noCache: false).Within()).Capabilities;
        Assert.True(capabilities.Sage);
        Assert.Equal(version, string.Join('.', capabilities.SageVersion));
    }

    [Fact]
    public async Task Main_WithASageThatHangs_LacksItsVersionOnly()
    {
        var time = new FakeTimeProvider();
        await using var cluster = new ProjectCluster { Time = time };
        var pidFile = Path.Join(cluster.Home, "sage.pid");
        cluster.WriteTool("sage", "#!/bin/sh\necho $$ > \"$HOME/new\"\nmv \"$HOME/new\" \"$HOME/sage.pid\"\nexec sleep 1000\n");
        await cluster.Start();
        var configuration = cluster.Project.GetMainConfiguration(noCache: false);
        await Bounded.Until(() => File.Exists(pidFile), "sage runs");
        Assert.False(configuration.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(15));
        var capabilities = (await configuration.Within()).Capabilities;
        Assert.True(capabilities.Sage);
        Assert.Empty(capabilities.SageVersion);
        var pid = int.Parse(await File.ReadAllTextAsync(pidFile), System.Globalization.CultureInfo.InvariantCulture);
        await Bounded.Until(() => ProcessIdentity.TryRead(pid) is null, "sage was killed");
    }

    [Fact]
    public async Task X11_HasAKeyForEachProgram()
    {
        await using var cluster = new ProjectCluster();
        cluster.WriteTool("OMEdit");
        cluster.WriteTool("ds9");
        await cluster.Start();
        var programs = (await cluster.Project.GetX11Configuration(noCache: false).Within()).Capabilities;
        Assert.Equal(55, programs.Count);
        Assert.Equal(["ds9", "openmodelica"], programs.Where(program => program.Value).Select(program => program.Key));
        Assert.Contains("pycharm", programs.Keys);
    }

    [Fact]
    public async Task Configuration_IsKept_UntilItIsAskedForAnew()
    {
        var time = new FakeTimeProvider();
        await using var cluster = new ProjectCluster { Time = time };
        await cluster.Start();
        var first = await cluster.Project.GetMainConfiguration(noCache: false).Within();
        var x11 = await cluster.Project.GetX11Configuration(noCache: false).Within();
        Assert.Equal(time.GetUtcNow(), first.Timestamp);
        cluster.WriteTool("aspell");
        cluster.WriteTool("gimp");
        time.Advance(TimeSpan.FromSeconds(14));

        Assert.Equal(first.Timestamp, (await cluster.Project.GetMainConfiguration(noCache: false).Within()).Timestamp);
        Assert.False((await cluster.Project.GetX11Configuration(noCache: false).Within()).Capabilities["gimp"]);
        Assert.True((await cluster.Project.GetX11Configuration(noCache: true).Within()).Capabilities["gimp"]);
        Assert.Equal(time.GetUtcNow(), (await cluster.Project.GetX11Configuration(noCache: false).Within()).Timestamp);
        Assert.True(x11.Timestamp < time.GetUtcNow());

        // Not more than once in 15 s: only the time is new.
        var soon = await cluster.Project.GetMainConfiguration(noCache: true).Within();
        Assert.Equal(time.GetUtcNow(), soon.Timestamp);
        Assert.Same(first.Capabilities, soon.Capabilities);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await cluster.Project.GetMainConfiguration(noCache: true).Within()).Capabilities.Spellcheck);
    }

    [Fact]
    public async Task EqualCalls_ShareOneComputation()
    {
        var probes = 0;
        var gate = new TaskCompletionSource<int>();
        var aspect = new CachedAspect<int>(
            () =>
            {
                probes++;
                return gate.Task;
            },
            TimeSpan.Zero,
            TimeSpan.FromSeconds(20),
            new FakeTimeProvider());
        var calls = Enumerable.Range(0, 5).Select(number => aspect.Get(noCache: number % 2 == 0)).ToArray();
        gate.SetResult(7);
        Assert.All(await Task.WhenAll(calls).Within(), result => Assert.Equal(7, result.Capabilities));
        Assert.Equal(1, probes);
    }

    [Fact]
    public async Task Failure_IsRememberedForTheInterval()
    {
        var probes = 0;
        var time = new FakeTimeProvider();
        var aspect = new CachedAspect<int>(() => ++probes == 1 ? Task.FromException<int>(new IOException("bad disk")) : Task.FromResult(probes), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(20), time);
        await Assert.ThrowsAsync<IOException>(() => aspect.Get(noCache: false));
        time.Advance(TimeSpan.FromSeconds(14));
        await Assert.ThrowsAsync<IOException>(() => aspect.Get(noCache: false));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, (await aspect.Get(noCache: false)).Capabilities);
    }

    [Fact]
    public async Task Hang_FailsAfterTheTimeout_AndIsTriedAgainAfterTheInterval()
    {
        var probes = 0;
        var time = new FakeTimeProvider();
        var aspect = new CachedAspect<int>(
            () => ++probes == 1 ? new TaskCompletionSource<int>().Task : Task.FromResult(probes), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(20), time);
        var hung = aspect.Get(noCache: false);
        time.Advance(TimeSpan.FromSeconds(20));
        await Assert.ThrowsAsync<RequestException>(() => hung.Within());
        time.Advance(TimeSpan.FromSeconds(14));
        await Assert.ThrowsAsync<RequestException>(() => aspect.Get(noCache: false).Within());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, (await aspect.Get(noCache: false).Within()).Capabilities);
    }
}
