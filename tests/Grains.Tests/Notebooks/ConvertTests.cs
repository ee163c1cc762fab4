using ProjectSilo.Grains.Tests.Formatters;
using ProjectSilo.Grains.Tests.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Notebooks;

/// <summary>Conversions by Debian's nbconvert, and by programs that stand in for it and for a browser (spec 10 §10.1).</summary>
public sealed class ConvertTests
{
    private const string NoBrowser = "one of google-chrome or chromium-browser must be installed to convert to PDF";

    [Fact]
    public async Task Nbconvert_MakesHtmlAndScripts()
    {
        await using var cluster = await new ProjectCluster().Start();
        cluster.WriteNotebook("nb/a[1]*.ipynb", "print('π')");
        await Task.WhenAll(
            cluster.ConvertIn("nb", "--to", "html", "--", "a[1]*.ipynb"),
            cluster.ConvertIn(Path.Join(cluster.Home, "nb"), "--to", "script", "a[1]*.ipynb"));
        Assert.Contains("print", await File.ReadAllTextAsync(Path.Join(cluster.Home, "nb/a[1]*.html")), StringComparison.Ordinal);
        Assert.Contains("print('π')", await File.ReadAllTextAsync(Path.Join(cluster.Home, "nb/a[1]*.py")), StringComparison.Ordinal);
        Assert.Empty(cluster.TemporaryFiles);
    }

    [Fact]
    public async Task Nbconvert_OfNothing_FailsWithItsWords()
    {
        await using var cluster = await new ProjectCluster().Start();
        Assert.Contains("pattern 'zzz.ipynb' matched no files", await cluster.ConvertRefusal(60, "--to", "html", "--", "zzz.ipynb"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nbconvert_ThatHangs_IsKilledWithAllThatItStarted()
    {
        await using var cluster = await new ProjectCluster().Start();
        cluster.WriteTool("jupyter", "#!/bin/sh\nsleep 1000 & echo $! > $HOME/child\necho $$ > $HOME/pid\nwait\n");
        var error = await cluster.ConvertRefusal(0.5, "--to", "html", "--", "a.ipynb");
        Assert.Matches("^killed command 'bash /.*/a.sh'$", error);
        await FormatterCalls.Gone(await cluster.Pid());
        await FormatterCalls.Gone(await cluster.Pid("child"));
        Assert.Empty(cluster.TemporaryFiles);
    }

    [Fact]
    public async Task Nbconvert_WhoseCallerGoesAway_IsKilled()
    {
        await using var cluster = await new ProjectCluster().Start();
        cluster.WriteTool("jupyter", "#!/bin/sh\necho $$ > $HOME/pid\nsleep 1000\n");
        using var gone = new CancellationTokenSource();
        var call = cluster.Notebooks.Convert(new() { Arguments = ["a.ipynb"] }, "test", gone.Token);
        var pid = await cluster.Pid();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Within());
        await FormatterCalls.Gone(pid);
    }

    [Theory]
    [InlineData("#!/bin/sh\necho to stdout\nexit 3\n", "exited with nonzero code 3")]
    [InlineData("#!/bin/sh\necho oops >&2\nexit 1\n", "oops\n")]
    [InlineData("#!/bin/sh\nkill -9 $$\n", "Killed")]
    public async Task Nbconvert_ThatFails_SaysWhy(string tool, string expected)
    {
        await using var cluster = await new ProjectCluster().Start();
        cluster.WriteTool("jupyter", tool);
        Assert.Contains(expected, await cluster.ConvertRefusal(60, "a.ipynb"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MissingFolderAndProgram_AreErrors()
    {
        await using var cluster = new ProjectCluster();
        cluster.Environment = cluster.Environment.SetItem("PATH", $"{cluster.Tools}:/bin");
        foreach (var program in (string[])["bash"])
        {
            File.CreateSymbolicLink(Path.Join(cluster.Tools, program), $"/usr/bin/{program}");
        }

        cluster.Environment = cluster.Environment.SetItem("PATH", cluster.Tools);
        await cluster.Start();
        Assert.Contains("jupyter: command not found", await cluster.ConvertRefusal(60, "a.ipynb"), StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<Interfaces.Errors.RequestException>(() => cluster.ConvertIn("no/such/folder", "a.ipynb"));
        Assert.Contains("ENOENT", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chromium-browser")]
    [InlineData("chromium")]
    [InlineData("google-chrome")]
    public async Task Pdf_IsPrintedByTheBrowserThatIsThere(string browser)
    {
        await using var cluster = await WithoutBrowsers();
        cluster.WriteTool("jupyter", "#!/bin/sh\necho \"$@\" > args\n: > a.html\n");
        cluster.WriteTool(browser, """
            #!/bin/sh
            for argument; do case "$argument" in --print-to-pdf=*) cp "$HOME/html" "${argument#--print-to-pdf=}" 2>/dev/null || echo "$@" > "${argument#--print-to-pdf=}";; esac; done
            """);
        Directory.CreateDirectory(Path.Join(cluster.Home, "d"));
        await cluster.ConvertIn("d", "--to", "lab-pdf", "--", "a.ipynb");
        Assert.Equal("nbconvert --to html -- a.ipynb\n", await File.ReadAllTextAsync(Path.Join(cluster.Home, "d/args")));
        Assert.Equal(
            "--headless --disable-gpu --no-sandbox --print-to-pdf=a.pdf --run-all-compositor-stages-before-draw --disable-dev-shm-usage --disable-setuid-sandbox "
            + "--virtual-time-budget=30000 a.html\n",
            await File.ReadAllTextAsync(Path.Join(cluster.Home, "d/a.pdf")));
    }

    [Fact]
    public async Task Pdf_WithoutBrowser_OrWithOneThatFails_IsAnError()
    {
        await using var cluster = await WithoutBrowsers();
        cluster.WriteTool("jupyter");
        Assert.Equal(NoBrowser, await cluster.ConvertRefusal(60, "--to", "classic-pdf", "--", "a.ipynb"));
        cluster.WriteTool("chromium", "#!/bin/sh\necho no display >&2\nexit 1\n");
        Assert.Equal("no display\n", await cluster.ConvertRefusal(60, "--to", "classic-pdf", "--", "a.ipynb"));
    }

    [Fact]
    public async Task Pdf_ByABrowserThatHangs_IsKilled()
    {
        await using var cluster = await WithoutBrowsers(TimeSpan.FromSeconds(0.3));
        cluster.WriteTool("jupyter");
        cluster.WriteTool("chromium", "#!/bin/sh\necho $$ > $HOME/pid\nsleep 1000\n");
        Assert.StartsWith("killed command '", await cluster.ConvertRefusal(60, "--to", "lab-pdf", "--", "a.ipynb"), StringComparison.Ordinal);
        await FormatterCalls.Gone(await cluster.Pid());
    }

    [Fact]
    public async Task TooManyConversions_Wait()
    {
        await using var cluster = await new ProjectCluster { NotebookLimits = limits => (limits.MaxConversions, limits.MaxConversionsPerCaller, limits.MaxWaiting) = (1, 1, 1) }.Start();
        cluster.WriteTool("jupyter", "#!/bin/sh\necho $$ >> $HOME/pid\nwhile [ ! -e $HOME/go ]; do sleep 0.02; done\n");
        var first = cluster.Convert("a.ipynb");
        await cluster.Pid();
        var second = cluster.Convert("a.ipynb");
        Assert.Equal("too many conversions are waiting; try again later", await cluster.ConvertRefusal(60, "a.ipynb"));
        await File.WriteAllTextAsync(Path.Join(cluster.Home, "go"), "");
        await first;
        await second;
        Assert.Equal(2, (await File.ReadAllLinesAsync(Path.Join(cluster.Home, "pid"))).Length);
    }

    /// <summary>A project with the system's commands but for browsers and jupyter.</summary>
    private static Task<ProjectCluster> WithoutBrowsers(TimeSpan? printTimeout = null)
    {
        var cluster = new ProjectCluster { NotebookLimits = limits => limits.PrintTimeout = printTimeout ?? limits.PrintTimeout };
        foreach (var program in (string[])["bash", "sh", "cp", "sleep"])
        {
            File.CreateSymbolicLink(Path.Join(cluster.Tools, program), $"/bin/{program}");
        }

        cluster.Environment = cluster.Environment.SetItem("PATH", cluster.Tools);
        return cluster.Start();
    }
}
