using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Notebooks;
using ProjectSilo.Grains.Tests.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Notebooks;

/// <summary>Bounds of stateless executions and runs (spec 10 §11, §12), and what is left of them when the daemon ends.</summary>
public sealed class StatelessExecutionTests
{
    private const string Waits = "import os,time\nopen(os.environ['HOME']+'/begun','a').write('x')\nwhile not os.path.exists(os.environ['HOME']+'/go'): time.sleep(0.02)\n'done'";

    [Fact]
    public async Task TooManyExecutions_Wait()
    {
        await using var cluster = await new ProjectCluster
        {
            NotebookLimits = limits => (limits.MaxExecutions, limits.MaxExecutionsPerCaller, limits.MaxWaiting) = (1, 1, 1),
        }.Start();
        var first = Execute(cluster, Waits);
        await Bounded.Until(() => File.Exists(Path.Join(cluster.Home, "begun")), "the first has begun");
        var second = Execute(cluster, "6*7");
        var refused = await Assert.ThrowsAsync<RequestException>(() => Execute(cluster, "1"));
        Assert.Equal("too many executions are waiting; try again later", refused.Message);
        Assert.False(second.IsCompleted);
        await File.WriteAllTextAsync(Path.Join(cluster.Home, "go"), "");
        Assert.Equal("""[{"data":{"text/plain":"'done'"}}]""", await first);
        Assert.Equal("""[{"data":{"text/plain":"42"}}]""", await second);
    }

    [Fact]
    public async Task WhoWaitsTooLong_IsRefused()
    {
        await using var cluster = await new ProjectCluster
        {
            NotebookLimits = limits => (limits.MaxExecutions, limits.MaxExecutionsPerCaller, limits.MaxWait) = (1, 1, TimeSpan.FromMilliseconds(50)),
        }.Start();
        var first = Execute(cluster, Waits);
        await Bounded.Until(() => File.Exists(Path.Join(cluster.Home, "begun")), "the first has begun");
        await Assert.ThrowsAsync<RequestException>(() => Execute(cluster, "1"));
        await File.WriteAllTextAsync(Path.Join(cluster.Home, "go"), "");
        await first;
    }

    [Fact]
    public async Task OutputWithoutEnd_IsBounded()
    {
        await using var cluster = await new ProjectCluster { NotebookLimits = limits => (limits.MaxOutputCharacters, limits.MaxOutputMessages) = (10_000, 200) }.Start();
        var limits = new ExecutionLimits { MillisecondsPerCell = 20_000 };
        var output = await Execute(cluster, "import sys\nfor i in range(2000):\n  print(i, 'x'*100); sys.stdout.flush()", limits);
        Assert.InRange(output.Length, 1_000, 40_000);
        Assert.Contains("Output truncated since it exceeded the global output limit of 10000 characters", output, StringComparison.Ordinal);
        output = await Execute(cluster, "for i in range(100):\n  get_ipython().showtraceback((ValueError, ValueError('x'*1000), None))", limits);
        Assert.InRange(output.Length, 1_000, 40_000);
    }

    [Fact]
    public async Task WhenTheDaemonStops_NothingStays()
    {
        var cluster = await new ProjectCluster().Start();
        await using (cluster)
        {
            var pid = (await Execute(cluster, "import os; os.getpid()")).Split('"')[5];
            var waiting = Execute(cluster, Waits);
            await Bounded.Until(() => File.Exists(Path.Join(cluster.Home, "begun")), "the execution has begun");
            await cluster.Stop().Within();
            await Assert.ThrowsAnyAsync<Exception>(() => waiting);
            await Bounded.Until(() => !Directory.Exists($"/proc/{pid}"), "the first kernel is gone");
            Assert.Empty(Directory.GetDirectories(Path.GetDirectoryName(cluster.Home)!, "cocalc*"));
            Assert.DoesNotContain(Kernels(), environment => environment.Contains(cluster.Home, StringComparison.Ordinal));
        }
    }

    private static async Task<string> Execute(ProjectCluster cluster, string input, ExecutionLimits? limits = null)
    {
        var execution = new StatelessExecution { Kernel = "python3", Input = input, PoolSize = 1, Limits = limits };
        return System.Text.Encoding.UTF8.GetString((await cluster.Notebooks.Execute(execution, "test", default).Within()).Span);
    }

    /// <summary>The environments of all processes of Python.</summary>
    private static IEnumerable<string> Kernels()
    {
        foreach (var folder in Directory.GetDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            string command, environment;
            try
            {
                (command, environment) = (File.ReadAllText($"{folder}/cmdline"), File.ReadAllText($"{folder}/environ"));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It has ended, or is somebody else's.
                continue;
            }

            if (command.Contains("ipykernel", StringComparison.Ordinal))
            {
                yield return environment;
            }
        }
    }
}
