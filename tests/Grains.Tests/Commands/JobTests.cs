using System.Globalization;
using System.Text;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Commands;

/// <summary>Jobs and their followers (spec 09 §1.11, §2).</summary>
public sealed class JobTests(CommandsFixture fixture) : IClassFixture<CommandsFixture>
{
    [Fact]
    public async Task Followers_GetAllOutputExactlyOnceWheneverTheyCome()
    {
        // 2000 lines on each stream, in bursts; characters that straddle reads among them.
        const string Script = "for i in $(seq 2000); do printf 'o€%s\\n' $i; printf 'e😀%s\\n' $i >&2; [ $((i % 100)) = 0 ] && sleep 0.01; done; true";
        var job = await fixture.Commands.StartJob(new ExecOptions { Command = Script, Bash = true }, "test").Within();
        var random = new Random(9);
        var followers = new List<Task<(string Stdout, string Stderr)>>();
        for (var i = 0; i < 12; i++)
        {
            followers.Add(Follow(job.JobId, fromStart: i % 3 == 0));
            await Task.Delay(random.Next(25));
        }

        followers.Add(Follow(job.JobId, fromStart: true));
        var final = await fixture.Commands.GetJob(new JobQuery(job.JobId, AwaitEnd: true), default).Within();
        followers.Add(Follow(job.JobId, fromStart: true));
        followers.Add(Follow(job.JobId, fromStart: false));
        var (stdout, stderr) = (Lines("o€"), Lines("e😀"));
        Assert.Equal((stdout, stderr, JobStatus.Completed), (final!.Stdout, final.Stderr, final.Status));
        foreach (var follower in followers)
        {
            Assert.Equal((stdout, stderr), await follower.Within());
        }

        static string Lines(string prefix) => string.Concat(Enumerable.Range(1, 2000).Select(i => $"{prefix}{i}\n"));
    }

    [Fact]
    public async Task Follower_ThatLeaves_LetsTheJobRunOn()
    {
        var job = await fixture.Commands.StartJob(Script("echo a; while [ ! -e leave ]; do sleep 0.01; done; echo b"), "test").Within();
        await foreach (var next in fixture.Job(job.JobId).Follow(fromStart: true, default))
        {
            if (next.Stdout is not null)
            {
                break;
            }
        }

        await File.WriteAllTextAsync(Path.Combine(fixture.Home, "leave"), "");
        Assert.Equal("a\nb\n", (await fixture.Commands.GetJob(new JobQuery(job.JobId, AwaitEnd: true), default).Within())!.Stdout);
    }

    [Fact]
    public async Task Follow_OfFailedJob_StreamsTheOutputThatTheRecordDrops()
    {
        var job = await fixture.Commands.StartJob(Script("echo a; echo b >&2; exit 3"), "test").Within();
        Assert.Equal(("a\n", "b\n"), await Follow(job.JobId, fromStart: true, JobStatus.Error).Within());
        var final = await fixture.Commands.GetJob(new JobQuery(job.JobId, AwaitEnd: true), default).Within();
        Assert.Equal(("", "b\n", 1), (final!.Stdout, final.Stderr, final.ExitCode));
    }

    [Fact]
    public async Task Follow_OfProgramThatCantBeRun_IsJobAndDone()
    {
        var job = await fixture.Commands.StartJob(new ExecOptions { Command = "no-such-program" }, "test").Within();
        Assert.Null(job.Pid);
        Assert.Equal(JobStatus.Running, job.Status);
        Assert.Equal(("", ""), await Follow(job.JobId, fromStart: false, JobStatus.Error).Within());
    }

    [Fact]
    public async Task Follow_WithoutStatisticsKept_GoesOn()
    {
        var other = new CommandsFixture(options => options.MaxStatisticsSamples = 0);
        await other.InitializeAsync();
        try
        {
            // The first sample is taken after a second.
            var job = await other.Commands.StartJob(Script("sleep 1.3; echo end"), "test").Within();
            var stdout = "";
            await foreach (var next in other.Job(job.JobId).Follow(fromStart: true, default))
            {
                Assert.Null(next.Statistics);
                stdout += next.Stdout;
            }

            Assert.Equal("end\n", stdout);
        }
        finally
        {
            await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task Stop_OfTheSilo_EndsJobsAndCommandsWithTheirGroups()
    {
        var other = new CommandsFixture();
        await other.InitializeAsync();
        var home = other.Home;
        // The first dies of SIGTERM with its child, the second must be killed.
        const string Polite = "sleep 1000 & echo $$ $! > polite; wait";
        const string Stubborn = "trap '' TERM; sleep 1000 & echo $$ $! > stubborn; while true; do wait; done";
        await other.Commands.StartJob(Script(Polite), "test").Within();
        var blocking = other.Commands.Exec(Script(Stubborn), "test");
        var pids = (await Pids("polite")).Concat(await Pids("stubborn")).ToList();
        Assert.Equal(4, pids.Count);
        await other.DisposeAsync().Within();
        await Bounded.Until(() => pids.TrueForAll(pid => !IsAlive(pid)), "all processes of both groups have ended");
        await blocking.ContinueWith(_ => { }, TaskScheduler.Default).Within();

        async Task<int[]> Pids(string name)
        {
            var path = Path.Combine(home, name);
            await Bounded.Until(() => File.Exists(path) && File.ReadAllText(path).EndsWith('\n'), $"{name} runs");
            return [.. (await File.ReadAllTextAsync(path)).Split(' ').Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))];
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void Signals_ToEverythingOrNobody_AreRefused(int pid) => Assert.NotEqual(0, ProcessSignal.Send(pid, 0));

    [Fact]
    public void Signals_ToTheDaemonOrItsGroup_AreRefused()
    {
        Assert.Equal(Interfaces.Errors.PosixError.EPERM, ProcessSignal.Send(Environment.ProcessId, 0));
        Assert.Equal(Interfaces.Errors.PosixError.EPERM, ProcessSignal.Send(-LibC.getpgrp(), 0));
    }

    private static ExecOptions Script(string text) => new() { Command = text, Bash = true };

    private static bool IsAlive(int pid) =>
        File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);

    /// <summary>What a follower puts together: the snapshot, then the events; <see cref="JobEvent.Job"/> comes first and once, <see cref="JobEvent.Done"/> last.</summary>
    private async Task<(string Stdout, string Stderr)> Follow(string jobId, bool fromStart, JobStatus status = JobStatus.Completed)
    {
        var (stdout, stderr) = (new StringBuilder(), new StringBuilder());
        JobRecord? snapshot = null;
        JobRecord? done = null;
        await foreach (var next in fixture.Job(jobId).Follow(fromStart, default))
        {
            Assert.Null(done);
            Assert.Equal(snapshot is null, next.Job is not null);
            snapshot ??= next.Job;
            stdout.Append(next.Job?.Stdout).Append(next.Stdout);
            stderr.Append(next.Job?.Stderr).Append(next.Stderr);
            done = next.Done;
        }

        Assert.True(!fromStart || (snapshot!.Stdout.Pieces.IsEmpty && snapshot.Stderr.Pieces.IsEmpty));
        Assert.Equal(status, done!.Status);
        return (stdout.ToString(), stderr.ToString());
    }
}
