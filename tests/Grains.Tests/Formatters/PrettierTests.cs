using ProjectSilo.Grains.Formatters;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;
using ProjectSilo.Grains.Tests.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Formatters;

/// <summary>Prettier in its warm process (spec 12 §2.1): npm's, and packages of its name that misbehave.</summary>
public sealed class PrettierTests
{
    [Fact]
    public async Task Prettier_Formats_AndTellsErrors()
    {
        await using var cluster = new ProjectCluster();
        cluster.InstallPrettier();
        await cluster.Start();
        Assert.Equal("const a = [1, 2];\n", await cluster.Format("const a=[1,2]", "babel"));
        Assert.StartsWith("Unexpected token", await cluster.Refusal("{\"a\":,}", "json"), StringComparison.Ordinal);
        Assert.Equal("Couldn't resolve parser \"X\".", await cluster.Refusal("x", "X"));
        Assert.Equal("a {\n  b: c;\n}\n", await cluster.Format("a{b:c}", "css"));
        Assert.Equal("", await cluster.Format("", "babel"));
        Assert.Equal("\"€😀\";\n", await cluster.Format("'€😀'", "babel"));
        Assert.Equal("a;\nb;\n", await cluster.Format("a\r\nb\r\n", "babel"));
        Assert.Contains("(1:3)", await cluster.Refusal("a \0 b", "babel"), StringComparison.Ordinal);
        Assert.True((await cluster.Project.GetMainConfiguration(noCache: false).Within()).Capabilities.Formatting["prettier"]);
    }

    [Fact]
    public async Task Process_StaysWarm_UntilItIsIdleForAWhile()
    {
        var time = new FakeTimeProvider();
        await using var cluster = new ProjectCluster { Time = time };
        cluster.InstallOtherPrettier("return text + process.pid;");
        await cluster.Start();
        var first = await cluster.Format("p", "x");
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(first, await cluster.Format("p", "x"));
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(first, await cluster.Format("p", "x"));
        time.Advance(TimeSpan.FromSeconds(60));
        await FormatterCalls.Gone(int.Parse(first[1..]));
        Assert.NotEqual(first, await cluster.Format("p", "x"));
    }

    [Fact]
    public async Task ProcessThatHangs_IsReplaced()
    {
        var time = new FakeTimeProvider();
        await using var cluster = new ProjectCluster { Time = time };
        cluster.InstallOtherPrettier("""
            if (text === 'hang') { fs.writeFileSync(process.env.HOME + '/child', String(spawn('sleep', ['1000']).pid)); while (true); }
            return text;
            """);
        await cluster.Start();
        var refusal = cluster.Refusal("hang", "x");
        var child = await cluster.Pid("child");
        var pid = await cluster.Pid();
        var waiting = cluster.Format("next", "x");

        // Once this call is answered the one before it waits.
        await cluster.Refusal("x", "clang-format", tabWidth: -1);
        time.Advance(TimeSpan.FromSeconds(14));
        Assert.False(refusal.IsCompleted);
        // The bound of who waits is 15 s; of who is served, 30 s.
        time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<RequestException>(() => waiting);
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("prettier timed out", await refusal);
        await FormatterCalls.Gone(pid);
        await FormatterCalls.Gone(child);
        Assert.Equal("next", await cluster.Format("next", "x"));
    }

    [Theory]
    [InlineData("process.exit(3);", "prettier exited with code 3")]
    [InlineData("process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});", "prettier was killed by signal 9")]
    [InlineData("fs.writeSync(1, 'garbage'); return text;", "prettier gave no sensible answer")]
    [InlineData("fs.writeSync(1, Buffer.from([0, 255, 255, 255, 255])); return text;", "the result of prettier is larger than 67108864 bytes")]
    [InlineData("fs.writeSync(1, Buffer.from([0, 0, 0, 0, 1, 255])); return text;", "prettier gave no sensible answer")]
    [InlineData("const keep = []; while (true) keep.push(new Array(1e6).fill(keep.length));", "prettier was killed by signal 6")]
    [InlineData("throw new Error('bad');", "bad")]
    [InlineData("throw 'bad';", "bad")]
    [InlineData("throw undefined;", "undefined")]
    [InlineData("console.log('a log'); throw new Error('x'.repeat(1000000));", "xxx")]
    public async Task ProcessThatMisbehaves_IsReplaced(string body, string message)
    {
        await using var cluster = new ProjectCluster { Formatters = options => options.MaxMemoryBytes = 256 * 1024 * 1024 };
        cluster.InstallOtherPrettier($"if (text === 'bad') {{ {body} }} return text;");
        await cluster.Start();
        Assert.Equal("good", await cluster.Format("good", "x"));
        var refusal = await cluster.Refusal("bad", "x");
        Assert.StartsWith(message, refusal, StringComparison.Ordinal);
        Assert.True(refusal.Length <= 100_000);
        Assert.Equal("good", await cluster.Format("good", "x"));
    }

    [Fact]
    public async Task ProcessKilledWhileIdle_IsReplaced()
    {
        await using var cluster = new ProjectCluster();
        cluster.InstallOtherPrettier("return text;");
        await cluster.Start();
        Assert.Equal("good", await cluster.Format("good", "x"));
        var pid = await cluster.Pid();
        Assert.Equal(0, ProcessSignal.Send(pid, LibC.SIGKILL));
        await FormatterCalls.Gone(pid);
        Assert.Equal("good", await cluster.Format("good", "x"));
    }

    [Fact]
    public async Task CallerThatGoes_EndsTheProcess()
    {
        await using var cluster = new ProjectCluster();
        cluster.InstallOtherPrettier("if (text === 'hang') while (true); return text;");
        await cluster.Start();
        using var gone = new CancellationTokenSource();
        var call = cluster.Format("hang", "x", cancellationToken: gone.Token);
        var pid = await cluster.Pid();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Within());
        await FormatterCalls.Gone(pid);
        Assert.Equal("good", await cluster.Format("good", "x"));
    }

    [Theory]
    [InlineData("good")]
    [InlineData("hang")]
    public async Task DaemonThatStops_EndsTheProcess(string text)
    {
        await using var cluster = new ProjectCluster();
        cluster.InstallOtherPrettier("if (text === 'hang') while (true); return text;");
        await cluster.Start();
        var call = cluster.Format(text, "x");
        var pid = await cluster.Pid();
        if (text == "good")
        {
            await call;
        }

        await cluster.Stop().Within();
        await FormatterCalls.Gone(pid);
        if (text == "hang")
        {
            await Assert.ThrowsAnyAsync<Exception>(() => call.Within());
        }
    }

    [Fact]
    public async Task BrokenPackage_CanNotBeLoaded()
    {
        await using var cluster = new ProjectCluster();
        cluster.InstallOtherPrettier("return text;");
        await File.WriteAllTextAsync(Path.Join(cluster.Data, "prettier", "index.cjs"), "this is no JavaScript");
        await cluster.Start();
        Assert.Equal("Could not load 'prettier'", await cluster.Refusal("x", "babel"));
    }

    [Fact]
    public void Installation_IsFoundWhereverPackagersPutIt()
    {
        using var folder = new TemporaryFolder();
        foreach (var (layout, package) in ((string, string)[])[("a/bin", "a/lib/node_modules"), ("b/node_modules/.bin", "b/node_modules")])
        {
            Directory.CreateDirectory(folder.File(Path.Join(package, "prettier")));
            File.WriteAllText(folder.File(Path.Join(package, "prettier", "package.json")), "{}");
            var bin = folder.File(layout);
            Directory.CreateDirectory(bin);
            foreach (var name in (string[])["node", "prettier"])
            {
                File.WriteAllText(Path.Join(bin, name), "");
                File.SetUnixFileMode(Path.Join(bin, name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
            }

            var programs = new ProgramSearch(new ProjectSettings { ProjectId = "", Home = folder.Path, Environment = new Dictionary<string, string> { ["PATH"] = bin } });
            Assert.Equal(new PrettierInstallation(Path.Join(bin, "node"), folder.File(Path.Join(package, "prettier"))), PrettierInstallation.Find(programs));
            File.Delete(Path.Join(bin, "node"));
            Assert.Null(PrettierInstallation.Find(programs));
        }
    }
}
