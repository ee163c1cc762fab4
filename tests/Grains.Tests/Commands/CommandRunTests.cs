using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Commands;

/// <summary>One command from its start to its end, its time faked (spec 09 §1.3 to §1.6).</summary>
public sealed class CommandRunTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly TemporaryFolder _folder = new();
    private readonly CommandLauncher _launcher;

    public CommandRunTests() => _launcher = new CommandLauncher(
        new ProjectSettings
        {
            ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03",
            Home = _folder.Path,
            Environment = ImmutableDictionary<string, string>.Empty.Add("PATH", "/usr/bin:/bin").Add("HOME", _folder.Path).Add("TMPDIR", _folder.Path),
        },
        Options.Create(new CommandsOptions()),
        new RunningCommands(Options.Create(new CommandsOptions())),
        new BlockingWork(Options.Create(new BlockingWorkOptions()), TimeProvider.System),
        _time,
        NullLogger<CommandLauncher>.Instance);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Timeout_KillsTheGroupAndFailsAtOnce()
    {
        var run = await Start(new ExecOptions { Command = "sleep 1000 & echo $!; wait", TimeoutSeconds = 5 });
        await Bounded.Until(() => run.Stdout.ByteCount > 0, "the child has started");
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(run.Completion.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True((await run.Completion.Within()).TimedOut);
        var child = run.Stdout.ToString().Trim();
        await Bounded.Until(() => !File.Exists($"/proc/{child}/stat") || File.ReadAllText($"/proc/{child}/stat").Contains(") Z "), "the background child is killed");
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task BackgroundChildThatHoldsThePipe_KeepsTheCallUntilTheTimeoutAndLivesOn()
    {
        var run = await Start(new ExecOptions { Command = "sleep 1000 & echo $!", TimeoutSeconds = 5 });
        await Bounded.Until(() => run.Stdout.ByteCount > 0, "the output has come");
        await Bounded.Until(() => !Directory.Exists($"/proc/{run.Pid}"), "the process itself has ended");
        Assert.False(run.Completion.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(new CommandOutcome(false, null, 0), await run.Completion.Within());
        var child = int.Parse(run.Stdout.ToString());
        Assert.True(Directory.Exists($"/proc/{child}"));
        Assert.Equal(0, ProcessSignal.Send(child, LibC.SIGKILL));
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task TimeoutZero_IsNone()
    {
        var run = await Start(new ExecOptions { Command = "cat", TimeoutSeconds = 0 });
        _time.Advance(TimeSpan.FromDays(365));
        Assert.False(run.Completion.IsCompleted);
        Assert.Equal(0, ProcessSignal.Send(-run.Pid!.Value, LibC.SIGKILL));

        // Ended by a signal counts as 0.
        Assert.Equal(new CommandOutcome(false, null, 0) { Signal = LibC.SIGKILL }, await run.Completion.Within());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(0.0001)]
    public async Task OddTimeouts_AreTheShortest(double seconds)
    {
        var run = await Start(new ExecOptions { Command = "cat", TimeoutSeconds = seconds });
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True((await run.Completion.Within()).TimedOut);
    }

    [Theory]
    [InlineData(1e300)]
    [InlineData(double.PositiveInfinity)]
    public async Task HugeTimeouts_AreTaken(double seconds)
    {
        var run = await Start(new ExecOptions { Command = "true", TimeoutSeconds = seconds });
        Assert.Equal(new CommandOutcome(false, null, 0), await run.Completion.Within());
    }

    [Fact]
    public async Task OutputBeyondTheLimit_IsThrownAwayAndNeverBlocks()
    {
        var run = await Start(new ExecOptions { Command = "head -c 5000000 /dev/zero | tr '\\0' x", MaxOutput = 10 });
        Assert.Equal(0, (await run.Completion.Within()).ExitCode);
        Assert.Equal("xxxxxxxxxx (truncated at 10 characters)", run.Stdout.Marked().ToString());
    }

    [Fact]
    public async Task ProgramThatCantBeRun_GivesARunThatHasEnded()
    {
        var run = await Start(new ExecOptions { Command = "nope", Args = ["a"] });
        var outcome = await run.Completion.Within();
        Assert.Equal((PosixError.ENOENT, 1, null), (outcome.NotStarted!.Errno, outcome.ExitCode, run.Pid));
        Assert.Equal(
            "{\"errno\":-2,\"code\":\"ENOENT\",\"syscall\":\"spawn nope\",\"path\":\"nope\",\"spawnargs\":[\"a\"]}",
            CommandErrors.SpawnFailure(run.Command, outcome.NotStarted));
    }

    [Fact]
    public async Task NulInAString_IsRefusedAndLeavesNothingBehind()
    {
        await Assert.ThrowsAsync<RequestException>(() => Start(new ExecOptions { Command = "echo", Args = ["a\0b"] }));
        await Assert.ThrowsAsync<RequestException>(() => Start(new ExecOptions { Command = "echo a", Env = ImmutableDictionary<string, string>.Empty.Add("A", "\0") }));
        await Assert.ThrowsAsync<RequestException>(() => Start(new ExecOptions { Command = "echo a", Env = ImmutableDictionary<string, string>.Empty.Add("A=B", "x") }));
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task WorkingFolder_FollowsCwdHomeAndPath()
    {
        var (a, b) = (_folder.File("a"), _folder.File("a/b"));
        Directory.CreateDirectory(b);
        Assert.Equal(_folder.Path, await Pwd(new ExecOptions { Command = "pwd" }));
        Assert.Equal(a, await Pwd(new ExecOptions { Command = "pwd", Path = "a" }));
        Assert.Equal(b, await Pwd(new ExecOptions { Command = "pwd", Path = "b", Home = a }));
        Assert.Equal(a, await Pwd(new ExecOptions { Command = "pwd", Path = "b", Cwd = "a" }));
        Assert.Equal("/", await Pwd(new ExecOptions { Command = "pwd", Path = "b", Cwd = "/", Home = a }));
        Assert.Equal(a, await Pwd(new ExecOptions { Command = "pwd", Path = "", Cwd = "", Home = a }));

        async Task<string> Pwd(ExecOptions options)
        {
            var run = await Start(options);
            Assert.Equal(0, (await run.Completion.Within()).ExitCode);
            return run.Stdout.ToString().Trim();
        }
    }

    [RootFact]
    public async Task UidAndGid_AreChangedTo()
    {
        // The user must be able to enter the folder.
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        var run = await Start(new ExecOptions { Command = "id -u; id -g; id -G; echo $HOME; cat $0 | tail -1", UlimitTimeout = false, Uid = 12345, Gid = 12346, Home = "/" });
        Assert.Equal(0, (await run.Completion.Within()).ExitCode);
        Assert.Equal("12345\n12346\n12346\n/\nid -u; id -g; id -G; echo $HOME; cat $0 | tail -1", run.Stdout.ToString());

        // 0 is ignored.
        run = await Start(new ExecOptions { Command = "id -u; echo $HOME", Uid = 0, Gid = 0, Home = "/" });
        await run.Completion.Within();
        Assert.Equal($"0\n{_folder.Path}\n", run.Stdout.ToString());
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Stop_OfAnEndedRun_DoesNothing()
    {
        var run = await Start(new ExecOptions { Command = "true" });
        await run.Completion.Within();
        await run.Stop(TimeSpan.FromSeconds(1), default).Within();
    }

    [Fact]
    public async Task Stop_KillsAfterTheGracePeriod()
    {
        var run = await Start(new ExecOptions { Command = "trap '' TERM; echo ready; while true; do read x; done" });
        await Bounded.Until(() => run.Stdout.ByteCount > 0, "the trap is set");
        var stopping = run.Stop(TimeSpan.FromSeconds(1), default);
        Assert.False(stopping.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await stopping.Within();
        await run.Completion.Within();
    }

    private Task<CommandRun> Start(ExecOptions options) => _launcher.Start(options, 1_000_000, "test").Within();

    /// <summary>The script and its folder are gone.</summary>
    private void AssertNothingIsLeft() => Assert.Empty(Directory.GetDirectories(_folder.Path, "cocalc-*"));
}
