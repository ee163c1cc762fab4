using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Grains.Interfaces.Terminals;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Status;
using ProjectSilo.Grains.Terminals;
using ProjectSilo.Grains.Tests.Files;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Terminals;

/// <summary>Terminals with real programs on real pseudo terminals (spec 11).</summary>
public sealed class TerminalGrainTests
{
    private const string Completed = "\r\n\r\n[Process completed - press any key]\r\n\r\n";
    private static readonly ImmutableDictionary<string, string> Ready = ImmutableDictionary<string, string>.Empty.Add("PS1", "ready> ");
    private static readonly TerminalOptions Shell = new() { Path = "a.term", Command = "/bin/sh", Environment = Ready };

    [Fact]
    public async Task Create_TypedCommand_IsRunOnATerminal()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "dir/.a.term-0.term");
        Assert.Equal("Creating new session.", await terminal.Grain.Create(Shell).Within());
        Assert.True(Directory.Exists(project.At("dir")));
        await terminal.Says("ready> ");
        await terminal.Grain.Write("tty; stty size; echo $COCALC_TERMINAL_FILENAME $TERM-$TMUX- $((6*7))\n");
        var text = await terminal.Says("42");
        Assert.Contains("/dev/pts/", text, StringComparison.Ordinal);
        Assert.Contains("24 80", text, StringComparison.Ordinal);
        Assert.Contains(".a.term-0.term xterm-- 42", text, StringComparison.Ordinal);
        Assert.Equal(new TerminalStart(false, null), terminal.Events[0].Start);
        Assert.Equal("dir", await terminal.Grain.WorkingDirectory());
        await terminal.Grain.Write("cd; echo at-$((1+1))\n");
        await terminal.Says("at-2");
        Assert.Equal("", await terminal.Grain.WorkingDirectory());
        await terminal.Grain.Write("cd /usr; echo at-$((1+2))\n");
        await terminal.Says("at-3");
        Assert.Equal("/usr", await terminal.Grain.WorkingDirectory());
    }

    [Fact]
    public async Task Create_SameOptions_KeepsTheSession()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, ".a.term-0.term");
        await terminal.Grain.Create(Shell);
        Assert.Equal("Already have working session with same options. ", await terminal.Grain.Create(Shell with { Environment = Ready }));
        Assert.Equal("Closed existing session. Creating new session.", await terminal.Grain.Create(Shell with { Path = "b.term" }));
        await Bounded.Until(() => terminal.Events.Count(next => next.Start is not null) == 2, "the new session is told of");
    }

    [Fact]
    public async Task Process_HasItsRoleUntilItEnds()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "dir/.a.term-0.term");
        var roles = project.Services.GetRequiredService<ProcessRoles>();
        await terminal.Grain.Create(Shell);
        await terminal.Says("ready> ");
        await terminal.Grain.Write("echo pid-$$-$((1+1))\n");
        var pid = int.Parse(Regex.Match(await terminal.Says("-2\r\n"), @"pid-(\d+)-2").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.Equal(ProcessRole.Terminal("a.term"), roles.Of(new ProcessEntry(pid, default, "", [])));
        await terminal.Grain.Write("exit\n");
        await Bounded.Until(() => roles.Of(new ProcessEntry(pid, default, "", [])) is null, "the role has ended with the process");
    }

    [Fact]
    public async Task Bash_IsCleanedAndKeepsItsHistoryInTheFile()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, ".a.term-0.term");
        await terminal.Grain.Create(new TerminalOptions { Path = "a.term" });
        await terminal.Grain.Write("echo seen-$((1+1))\n");
        await terminal.Says("seen-2");
        await Bounded.Until(() => File.Exists(project.At("a.term")) && project.Read("a.term").Contains("echo seen", StringComparison.Ordinal), "history");
        Assert.DoesNotContain("tput", project.Read("a.term"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProgramThatEnds_IsToldAfterItsOutput_AndStartsAgainByInput()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(new TerminalOptions { Command = "/bin/sh", Arguments = ["-c", "printf 'first and last'"] });
        var text = await terminal.Says(Completed);
        Assert.EndsWith("first and last" + Completed, text, StringComparison.Ordinal);
        Assert.Null(await terminal.Grain.WorkingDirectory());
        await terminal.Grain.Write("dropped");
        await Bounded.Until(() => terminal.Text.Split(Completed).Length == 3, "the second end");
        Assert.DoesNotContain("dropped", terminal.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-program", null, "\r\nno-such-program: not found\r\n")]
    [InlineData("/bin/sh", "/no/such/folder", "\r\n/no/such/folder: no such folder\r\n")]
    [InlineData("/etc/passwd", null, "\r\n/etc/passwd: permission denied\r\n")]
    public async Task ProgramThatCannotStart_IsToldInTheTerminal(string command, string? folder, string expected)
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        Assert.Equal("Creating new session.", await terminal.Grain.Create(new TerminalOptions { Command = command, WorkingDirectory = folder }));
        Assert.EndsWith(expected + Completed, await terminal.Says(Completed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restart_WhileRunning_SaysNoEndOfTheOldProgram()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(Shell);
        await terminal.Says("ready> ");
        for (var i = 0; i < 3; i++)
        {
            await terminal.Grain.Restart().Within();
        }

        await Bounded.Until(() => terminal.Events.Count(next => next.Start is not null) == 4, "four starts");
        await terminal.Grain.Write("echo alive-$((1+1))\n");
        await terminal.Says("alive-2");
        Assert.DoesNotContain("Process completed", terminal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill_ClearsAndTheNextUseBeginsAgain()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Kill();
        await terminal.Grain.Create(Shell);
        await terminal.Says("ready> ");
        await terminal.Grain.Write("echo $$ | sed 's/^/pid=/'\n");
        await terminal.Says("pid=");
        await terminal.Grain.Kill().Within();
        await Bounded.Until(() => terminal.Events.Count(next => next.IsCleared) == 2, "cleared");
        await terminal.Grain.Write("echo again\n");
        await Bounded.Until(() => terminal.Events.Count(next => next.Start is not null) == 2, "a new session");
    }

    [Fact]
    public async Task Size_IsTheLeastOfAllBrowsers_AndTellsTheProgram()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(Shell);
        await terminal.Grain.Write("trap 'echo size $(stty size)' WINCH\n");
        await terminal.Says("ready> ");
        await terminal.Grain.Resize("b1", new TerminalSize(30, 100), kick: false);
        await terminal.Says(new TerminalSize(30, 100));
        await terminal.Grain.Resize("b2", new TerminalSize(20, 120), kick: false);
        await terminal.Says(new TerminalSize(20, 100));
        await terminal.Grain.Leave("b2");
        await terminal.Says(new TerminalSize(30, 100));
        await terminal.Grain.Resize("b3", new TerminalSize(0, 0), kick: false);
        await terminal.Grain.Resize("b4", new TerminalSize(10, 10), kick: true);
        await terminal.Says(new TerminalSize(10, 10));
        await terminal.Grain.Write("stty size\n");
        await terminal.Says("10 10");
        await terminal.Grain.Resize("b4", new TerminalSize(1_000_000, 10_000), kick: false);
        await terminal.Says(new TerminalSize(10_000, 10_000));
    }

    [Fact]
    public async Task Paste_BeyondTheBound_IsCutAndSaysSo()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(new TerminalOptions { Command = "/bin/sh", Arguments = ["-c", "stty raw -echo; echo ready; head -c 10000 | wc -c"] });
        await terminal.Says("ready");
        await terminal.Grain.Write(new string('x', 10_001)).Within();
        var text = await terminal.Says(Completed);
        Assert.Contains("10000", text, StringComparison.Ordinal);
        Assert.Contains("\r\n[excessive input discarded]\r\n\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flood_WithoutAnyoneWhoTakesIt_IsBounded_AndNothingIsLost()
    {
        await using var project = await FilesProject.Start(configure: services => services.AddSingleton(Options.Create(new TerminalsOptions { MaxMessagesPerSecond = 1_000 })));
        await using (var unseen = new FollowedTerminal(project, "x.term"))
        {
            await unseen.Leave();
            await unseen.Grain.Create(new TerminalOptions { Command = "/bin/sh", Arguments = ["-c", "seq 1 1000000"] });
            await Bounded.UntilAsync(async () => await unseen.Grain.WorkingDirectory() is not null, "it runs");
        }

        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Says(Completed);
        var lines = terminal.Text.Replace(Completed, "", StringComparison.Ordinal).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(1, 1_000_000).Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)), lines);
        Assert.All(terminal.Events, next => Assert.True(next.Text is null || next.Text.Length < 1_100_000));
    }

    [Fact]
    public async Task Characters_SplitOverReads_AreWhole()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(new TerminalOptions
        {
            Command = "/bin/sh",
            Arguments = ["-c", @"printf '\360\237'; sleep 0.2; printf '\230\200 \303'; sleep 0.2; printf '\251 \377 end'"],
        });
        Assert.Contains("\U0001F600 é \uFFFD end", await terminal.Says(Completed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EscapeMessage_IsSentToTheBrowsers_AndStaysInTheOutput()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(new TerminalOptions { Command = "/bin/sh", Arguments = ["-c", """printf '\033]49;{"event":"open","paths":[{"file":"x"}]}\007'"""] });
        await terminal.Says(Completed);
        await Bounded.Until(() => terminal.Events.Any(next => next.Command == """{"event":"open","paths":[{"file":"x"}]}"""), "the command");
        Assert.Contains("\e]49;", terminal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BackgroundJobThatKeepsTheTerminal_DoesNotHideTheEnd()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(new TerminalOptions { Command = "/bin/bash", Arguments = ["-c", "trap '' HUP; sleep 60 & echo job=$!; exit"] });
        var text = await terminal.Says(Completed);
        var pid = int.Parse(System.Text.RegularExpressions.Regex.Match(text, @"job=(\d+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        System.Diagnostics.Process.GetProcessById(pid).Kill();
    }

    [Fact]
    public async Task ProgramThatIgnoresTheHangUp_IsKilled()
    {
        await using var project = await FilesProject.Start(configure: services => services.AddSingleton(Options.Create(new TerminalsOptions { HangUpGracePeriod = TimeSpan.FromMilliseconds(50) })));
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(new TerminalOptions { Command = "/bin/sh", Arguments = ["-c", "trap '' HUP TERM; echo pid=$$; while :; do sleep 0.1; done"] });
        var text = await terminal.Says("\r\n");
        var pid = System.Text.RegularExpressions.Regex.Match(text, @"pid=(\d+)").Groups[1].Value;
        await terminal.Grain.Kill();
        await Bounded.Until(() => !Directory.Exists("/proc/" + pid), "the end of the process");
    }

    [Fact]
    public async Task Daemon_ThatStops_EndsTheTerminals()
    {
        string pid;
        await using (var project = await FilesProject.Start())
        {
            await using var terminal = new FollowedTerminal(project, "x.term");
            await terminal.Grain.Create(new TerminalOptions { Command = "/bin/sh", Arguments = ["-c", "echo pid=$$; sleep 1000"] });
            pid = System.Text.RegularExpressions.Regex.Match(await terminal.Says("\r\n"), @"pid=(\d+)").Groups[1].Value;
        }

        await Bounded.Until(() => !Directory.Exists("/proc/" + pid), "the end of the process");
    }

    [Fact]
    public async Task HundredTerminals_AtOnce()
    {
        await using var project = await FilesProject.Start();
        var terminals = Enumerable.Range(0, 100).Select(number => new FollowedTerminal(project, $".t-{number}.term")).ToArray();
        await Task.WhenAll(terminals.Select(terminal => terminal.Grain.Create(Shell))).Within();
        foreach (var terminal in terminals)
        {
            await terminal.Grain.Write("echo is-$((1+1))\n");
        }

        await Task.WhenAll(terminals.Select(terminal => terminal.Says("is-2")));
        await Task.WhenAll(terminals.Select(terminal => terminal.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task MoreTerminalsThanAllowed_AreRefused()
    {
        await using var project = await FilesProject.Start(configure: services => services.AddSingleton(Options.Create(new TerminalsOptions { MaxTerminals = 1 })));
        await using var first = new FollowedTerminal(project, "1.term");
        await using var second = new FollowedTerminal(project, "2.term");
        await first.Grain.Create(Shell);
        Assert.Contains("1 terminals already", (await Assert.ThrowsAsync<RequestException>(() => second.Grain.Create(Shell))).Message, StringComparison.Ordinal);
        await first.Grain.Kill();
        await second.Grain.Create(Shell);
    }
}
