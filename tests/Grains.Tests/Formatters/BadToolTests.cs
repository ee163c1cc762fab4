using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Tests.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Formatters;

/// <summary>Tools that hang, die, write without end or leave processes behind, and texts that nobody should send.</summary>
public sealed class BadToolTests
{
    private const string Hangs = "#!/bin/sh\nsleep 1000 &\necho $! >\"$HOME/child\"\necho $$ >\"$HOME/new\"\nmv \"$HOME/new\" \"$HOME/pid\"\nwait\n";

    [Theory]
    [InlineData("gofmt", "gofmt", 30, "gofmt timed out")]
    [InlineData("zig", "zig", 30, "zig timed out")]
    [InlineData("xml-tidy", "tidy", 15, "XML formatter broken or not available. Is 'xml-tidy' installed?")]
    [InlineData("bib-biber", "biber", 20, "Bibtex formatter broken or not available. Is 'bib-biber' installed?")]
    public async Task ToolThatHangs_IsKilledWithItsChildren(string parser, string program, int seconds, string message)
    {
        var time = new FakeTimeProvider();
        await using var cluster = new ProjectCluster { Time = time };
        cluster.WriteTool(program, Hangs);
        await cluster.Start();
        var refusal = cluster.Refusal("in", parser);
        var pid = await cluster.Pid();
        time.Advance(TimeSpan.FromSeconds(seconds - 0.1));
        Assert.False(refusal.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(message, await refusal);
        await FormatterCalls.Gone(pid);
        await FormatterCalls.Gone(await cluster.Pid("child"));
        Assert.Empty(cluster.TemporaryFiles);
    }

    [Theory]
    [InlineData("gofmt", "gofmt", "gofmt was killed by signal 9")]
    [InlineData("xml-tidy", "tidy", "XML formatter broken or not available. Is 'xml-tidy' installed?")]
    public async Task ToolThatDies_IsNoSuccess(string parser, string program, string message)
    {
        await using var cluster = new ProjectCluster();
        cluster.WriteTool(program, "#!/bin/sh\nkill -9 $$\n");
        await cluster.Start();
        Assert.Equal(message, await cluster.Refusal("in", parser));
    }

    [Fact]
    public async Task ChildThatItLeaves_EndsWithIt()
    {
        await using var cluster = new ProjectCluster();
        // It holds the pipes: without its end the call would last as long as it does.
        cluster.WriteTool("gofmt", "#!/bin/sh\nsleep 1000 &\necho $! >\"$HOME/child\"\necho out >\"$2\"\n");
        await cluster.Start();
        Assert.Equal("out\n", await cluster.Format("in", "gofmt"));
        await FormatterCalls.Gone(await cluster.Pid("child"));
    }

    [Fact]
    public async Task CallerThatGoes_EndsTheTool()
    {
        await using var cluster = new ProjectCluster();
        cluster.WriteTool("gofmt", Hangs);
        await cluster.Start();
        using var gone = new CancellationTokenSource();
        var call = cluster.Format("in", "gofmt", cancellationToken: gone.Token);
        var pid = await cluster.Pid();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Within());
        await FormatterCalls.Gone(pid);
        await FormatterCalls.Gone(await cluster.Pid("child"));
        await Bounded.Until(() => cluster.TemporaryFiles.Length == 0, "the file is removed");
    }

    [Fact]
    public async Task DaemonThatStops_EndsTheTool()
    {
        await using var cluster = new ProjectCluster();
        cluster.WriteTool("gofmt", Hangs);
        await cluster.Start();
        var call = cluster.Format("in", "gofmt");
        var pid = await cluster.Pid();
        await cluster.Stop().Within();
        await Assert.ThrowsAnyAsync<Exception>(() => call.Within());
        await FormatterCalls.Gone(pid);
        await FormatterCalls.Gone(await cluster.Pid("child"));
    }

    [Fact]
    public async Task FloodOfOutput_IsCut()
    {
        await using var cluster = new ProjectCluster { Formatters = options => options.MaxErrorCharacters = 1_000 };
        cluster.WriteTool("zig", "#!/bin/sh\nhead -c 20000000 /dev/zero | tr '\\0' x >&2\nexit 1\n");
        await cluster.Start();
        Assert.Equal(new string('x', 1_000), await cluster.Refusal("in", "zig"));
    }

    [Fact]
    public async Task ResultWithoutEnd_IsStopped()
    {
        await using var cluster = new ProjectCluster { Formatters = options => options.MaxResultBytes = 100_000 };
        cluster.WriteTool("gofmt", "#!/bin/sh\nexec cat /dev/zero >\"$2\"\n");
        cluster.WriteTool("latexindent", "#!/bin/sh\nhead -c 100000 /dev/zero\n");
        await cluster.Start();
        // Beyond the limit of a file the kernel sends SIGXFSZ.
        Assert.Equal("gofmt was killed by signal 25", await cluster.Refusal("in", "gofmt"));
        Assert.Equal("the result of latexindent is larger than 100000 bytes", await cluster.Refusal("in", "latex"));
        Assert.Empty(cluster.TemporaryFiles);
    }

    [Fact]
    public async Task MemoryWithoutEnd_IsRefusedToIt()
    {
        await using var cluster = new ProjectCluster { Formatters = options => options.MaxMemoryBytes = 64 * 1024 * 1024 };
        cluster.WriteTool("zig", "#!/usr/bin/env python3\nimport sys\ntry:\n  bytearray(200_000_000)\nexcept MemoryError:\n  sys.exit('no memory')\n");
        await cluster.Start();
        Assert.Equal("no memory\n", await cluster.Refusal("in", "zig"));
    }

    [Fact]
    public async Task ResultThatIsNoText_IsMadeText()
    {
        await using var cluster = new ProjectCluster();
        cluster.WriteTool("gofmt", "#!/bin/sh\nprintf 'a\\377\\0b' >\"$2\"\n");
        await cluster.Start();
        Assert.Equal("a\ufffd\0b", await cluster.Format("in", "gofmt"));
    }

    [Theory]
    [InlineData("rm \"$2\"", "ENOENT: no such file or directory, open '")]
    [InlineData("rm \"$2\"; mkdir \"$2\"", "EISDIR: illegal operation on a directory, read")]
    public async Task ResultThatIsGone_IsAnError(string script, string message)
    {
        await using var cluster = new ProjectCluster();
        cluster.WriteTool("gofmt", $"#!/bin/sh\n{script}\n");
        await cluster.Start();
        Assert.StartsWith(message, (await Assert.ThrowsAsync<PosixException>(() => cluster.Format("in", "gofmt"))).Message, StringComparison.Ordinal);
        Assert.Empty(cluster.TemporaryFiles);
    }

    [Fact]
    public async Task ResultThatIsAPipe_IsNotWaitedFor()
    {
        await using var cluster = new ProjectCluster();
        cluster.WriteTool("gofmt", "#!/bin/sh\nrm \"$2\"\nmkfifo \"$2\"\n");
        await cluster.Start();
        Assert.EndsWith("is not a regular file", await cluster.Refusal("in", "gofmt"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_ReachesTheToolAsItIs()
    {
        await using var cluster = new ProjectCluster();
        cluster.WriteTool("gofmt", "#!/bin/sh\n");
        await cluster.Start();
        foreach (var text in (string[])["", "\0", "a\r\nb\rc", "\ufeffx", "€😀", new string('x', 5_000_000)])
        {
            Assert.Equal(text, await cluster.Format(text, "gofmt"));
        }
    }

    [Theory]
    [InlineData("gofmt")]
    [InlineData("babel")]
    public async Task HugeText_IsRefused(string parser)
    {
        await using var cluster = new ProjectCluster();
        await cluster.Start();
        var text = new Utf8Text { Pieces = [new byte[25_000_000], new byte[25_000_000]] };
        var exception = await Assert.ThrowsAsync<RequestException>(
            () => cluster.Formatter.Format(FormatterCalls.Request("", parser) with { Text = text }, "test", default).Within());
        Assert.Equal("the text is too large to be formatted; the limit is 10000000 bytes", exception.Message);
    }

    [Fact]
    public async Task ToolsAtOnce_AreFew_AndFewWait()
    {
        var time = new FakeTimeProvider();
        await using var cluster = new ProjectCluster
        {
            Time = time,
            Formatters = options =>
            {
                options.MaxRunning = 1;
                options.MaxWaiting = 1;
                options.MaxPendingBytes = 100;
            },
        };
        cluster.WriteTool("gofmt", "#!/bin/sh\necho $$ >\"$HOME/new\"\nmv \"$HOME/new\" \"$HOME/pid\"\nuntil [ -e \"$HOME/go\" ]; do sleep 0.02; done\n");
        await cluster.Start();
        var first = cluster.Format("1", "gofmt");
        await cluster.Pid();
        var second = cluster.Refusal("2", "gofmt");
        const string tooMany = "too many texts are waiting to be formatted; try again later";
        Assert.Equal(tooMany, await cluster.Refusal("3", "gofmt"));
        Assert.Equal(tooMany, await cluster.Refusal(new string('x', 100), "babel"));
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(tooMany, await second);
        await File.WriteAllTextAsync(Path.Join(cluster.Home, "go"), "");
        Assert.Equal("1", await first);
        Assert.Equal("4", await cluster.Format("4", "gofmt"));
    }
}
