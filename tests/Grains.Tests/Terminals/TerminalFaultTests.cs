using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using ProjectSilo.Grains.Interfaces.Terminals;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Terminals;
using ProjectSilo.Grains.Tests.Files;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Terminals;

/// <summary>What goes wrong in terminals: killed shells, programs that nobody reads or that don't read, followers that go away.</summary>
public sealed class TerminalFaultTests
{
    private const string Completed = "\r\n\r\n[Process completed - press any key]\r\n\r\n";
    private static readonly TerminalOptions Shell = new() { Path = "a.term", Command = "/bin/sh" };

    [Fact]
    public async Task ShellKilledFromOutside_EndsTheSession_AndAKeyBeginsAnother()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(Shell);
        var pid = await Pid(terminal);
        Assert.Equal(0, LibC.kill(pid, LibC.SIGKILL));
        await terminal.Says(Completed);
        Assert.Null(await terminal.Grain.WorkingDirectory());
        await terminal.Grain.Write("x");
        await terminal.Grain.Write("echo alive-$((1+1))\n");
        await terminal.Says("alive-2");
    }

    [Fact]
    public async Task FolderThatVanishes_KeepsTheTerminal_AndTheNextStartSaysSo()
    {
        await using var project = await FilesProject.Start();
        project.PutFolder("away");
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(Shell with { WorkingDirectory = "away" });
        await terminal.Grain.Write("echo at-$((1+1))\n");
        await terminal.Says("at-2");
        Directory.Delete(project.At("away"));
        Assert.StartsWith("away", await terminal.Grain.WorkingDirectory(), StringComparison.Ordinal);
        await terminal.Grain.Restart().Within();
        await terminal.Says($"\r\n{project.At("away")}: no such folder\r\n" + Completed);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10_000, 10_000)]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(1, 1)]
    public async Task AnySize_LeavesAWorkingTerminal(int rows, int columns)
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(Shell);
        await terminal.Grain.Resize("b", new TerminalSize(rows, columns), kick: true).Within();
        await terminal.Grain.Write("echo size-$(stty size | tr ' ' x)-\n");
        await terminal.Says(rows == 0 ? "size-24x80-" : string.Create(CultureInfo.InvariantCulture, $"size-{Math.Min(rows, 10_000)}x{Math.Min(columns, 10_000)}-"));
    }

    [Fact]
    public async Task LastOutput_IsThere_ThoughNobodyTookItForLong()
    {
        await using var project = await FilesProject.Start(configure: With(new TerminalsOptions { MaxWaitingOutput = 10_000, MaxMessagesPerSecond = 1_000 }));
        await using (var unseen = new FollowedTerminal(project, "x.term"))
        {
            await unseen.Leave();
            await unseen.Grain.Create(new TerminalOptions { Command = "/bin/sh", Arguments = ["-c", "seq 1 3000; touch ended"] });

            // The program has ended, the kernel holds the rest, and longer than a terminal waits for the last output nobody takes anything.
            await Bounded.Until(() => File.Exists(project.At("ended")), "the end of the program");
            await Task.Delay(TimeSpan.FromMilliseconds(500));
        }

        await using var terminal = new FollowedTerminal(project, "x.term");
        var text = await terminal.Says(Completed);
        Assert.Equal(string.Concat(Enumerable.Range(1, 3000).Select(number => string.Create(CultureInfo.InvariantCulture, $"{number}\r\n"))) + Completed, text);
    }

    [Fact]
    public async Task OutputHeldByFlowControl_IsThere_WhenTheProgramEnds()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(new TerminalOptions { Command = "/bin/sh", Arguments = ["-c", "stty -echo; echo ready; read x; echo one; sleep 0.2; echo two"] });
        await terminal.Says("ready\r\n");
        await terminal.Grain.Write("\u0013");
        await terminal.Grain.Write("\n");
        Assert.EndsWith("one\r\ntwo\r\n" + Completed, await terminal.Says(Completed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BackgroundJobThatPrintsForEver_DoesNotHideTheEnd()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(new TerminalOptions { Command = "/bin/bash", Arguments = ["-c", "trap '' HUP; yes & echo $! > job; exit"] });
        await terminal.Says(Completed);

        // What it printed to is hung up.
        var pid = int.Parse(project.Read("job"), CultureInfo.InvariantCulture);
        await Bounded.Until(() => LibC.kill(pid, 0) != 0, "the end of the job");
    }

    [Fact]
    public async Task ForegroundProgramThatIgnoresTheHangUp_IsKilled_ThoughItsShellEndsAtOnce()
    {
        await using var project = await FilesProject.Start(configure: With(new TerminalsOptions { HangUpGracePeriod = TimeSpan.FromMilliseconds(200) }));
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(new TerminalOptions { Command = "/bin/bash", Arguments = ["--norc"] });
        await terminal.Grain.Write("sh -c 'trap \"\" HUP; echo pid=$$-; while :; do sleep 0.1; done'\n");
        var pid = int.Parse(Regex.Match(await terminal.Says("-\r\n"), @"pid=(\d+)-").Groups[1].Value, CultureInfo.InvariantCulture);
        await terminal.Grain.Kill().Within();
        await Bounded.Until(() => LibC.kill(pid, 0) != 0, "the end of the program");
    }

    [Fact]
    public async Task BinaryOutput_IsText_AndTheTerminalGoesOn()
    {
        await using var project = await FilesProject.Start();
        await File.WriteAllBytesAsync(project.At("binary"), [.. Enumerable.Range(0, 100_000).Select(number => (byte)(number * 7919 >> 3))]);
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(Shell);
        await terminal.Grain.Write("cat binary; echo end-$((1+1))\n");
        await terminal.Says("end-2");
        Assert.All(terminal.Events, next => Assert.False(next.Text?.Any(char.IsSurrogate) == true && !IsWellFormed(next.Text)));
    }

    [Fact]
    public async Task TenMegabytesPasted_AreBounded_ThoughTheProgramReadsNothing()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, "x.term");
        await terminal.Grain.Create(new TerminalOptions { Command = "/bin/sh", Arguments = ["-c", "stty raw -echo; echo ready; exec sleep 1000"] });
        await terminal.Says("ready");
        await terminal.Grain.Write(new string('é', 10_000_000)).Within();
        var piece = new string('é', 10_000);
        for (var written = 0; written < 10_000_000; written += piece.Length)
        {
            await terminal.Grain.Write(piece).Within();
        }

        // All is answered at once; what is too much is said, and the terminal can be ended.
        await terminal.Says("\r\n[excessive input discarded]\r\n\r\n");
        await terminal.Grain.Kill().Within();
        await Bounded.Until(() => terminal.Events.Any(next => next.IsCleared), "cleared");
    }

    [Fact]
    public async Task Yes_WithNoReader_StopsAtTheBound() => await Flood(TimeSpan.Zero);

    [LongFact]
    public async Task Yes_ForAMinuteWithNoReader_StopsAtTheBound() => await Flood(TimeSpan.FromMinutes(1));

    [Fact]
    public async Task TwentyBusyTerminals_ShareFairly()
    {
        const int Terminals = 20;
        const long Enough = Terminals * 2_000_000L;
        await using var project = await FilesProject.Start();
        using var end = new CancellationTokenSource();
        var taken = new long[Terminals];
        var terminals = Enumerable.Range(0, Terminals).Select(number => project.Terminal($"{number}.term")).ToArray();
        var following = terminals.Select((terminal, number) => Count(terminal, number)).ToArray();
        await Task.WhenAll(terminals.Select(terminal => terminal.Create(new TerminalOptions { Command = "/usr/bin/yes" }))).Within();
        await Bounded.Until(() => taken.Sum() > Enough, "much output");
        var shares = taken.ToArray();
        await end.CancelAsync();
        await Task.WhenAll(terminals.Select(terminal => terminal.Kill())).Within();
        await Task.WhenAll(following);
        Assert.All(shares, share => Assert.True(share >= shares.Average() / 2, string.Join(' ', shares)));

        async Task Count(ITerminalGrain terminal, int number)
        {
            try
            {
                await foreach (var next in terminal.Follow(end.Token).WithBatchSize(1))
                {
                    Volatile.Write(ref taken[number], taken[number] + (next.Text?.Length ?? 0));
                    await terminal.Confirm(next.Number);
                }
            }
            catch (OperationCanceledException)
            {
                // Enough.
            }
        }
    }

    [Fact]
    public async Task ReplacedFollowers_LoseNothing()
    {
        await using var project = await FilesProject.Start(configure: With(new TerminalsOptions { MaxMessagesPerSecond = 1_000 }));
        var terminal = project.Terminal("x.term");
        await terminal.Create(new TerminalOptions { Command = "/bin/sh", Arguments = ["-c", "for i in $(seq 1 1000); do echo $i; [ $((i % 20)) = 0 ] && sleep 0.01; done"] });
        var events = new SortedDictionary<long, TerminalEvent>();
        while (!events.Values.Any(next => next.Text == Completed))
        {
            // Leaves with its third in hand, which it has not confirmed; more than one may be on the way to it.
            using var end = new CancellationTokenSource(Bounded.Limit);
            var left = 3;
            await foreach (var next in terminal.Follow(end.Token).WithBatchSize(1))
            {
                if (--left == 0)
                {
                    break;
                }

                events[next.Number] = next;
                if (next.Text == Completed)
                {
                    break;
                }

                await terminal.Confirm(next.Number);
            }
        }

        Assert.Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), events.Keys);
        var text = string.Concat(events.Values.Select(next => next.Text));
        Assert.Equal(string.Concat(Enumerable.Range(1, 1000).Select(number => string.Create(CultureInfo.InvariantCulture, $"{number}\r\n"))) + Completed, text);
    }

    [Fact]
    public async Task EventThatIsNotConfirmed_GoesToTheSuccessor()
    {
        await using var project = await FilesProject.Start();
        var terminal = project.Terminal("x.term");
        using var end = new CancellationTokenSource(Bounded.Limit);
        await using var first = terminal.Follow(end.Token).WithBatchSize(1).GetAsyncEnumerator();
        await terminal.Create(Shell);
        Assert.True(await first.MoveNextAsync());
        await using var second = terminal.Follow(end.Token).WithBatchSize(1).GetAsyncEnumerator();
        Assert.True(await second.MoveNextAsync());
        Assert.NotNull(first.Current.Start);
        Assert.Equal(first.Current, second.Current);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first.MoveNextAsync());
    }

    [Fact]
    public async Task ClosedTerminals_LeaveNoProcess()
    {
        await using var project = await FilesProject.Start();
        List<int> pids = [];
        for (var round = 0; round < 10; round++)
        {
            await using var terminal = new FollowedTerminal(project, "x.term");
            await terminal.Grain.Create(Shell);
            pids.Add(await Pid(terminal));
            await (round % 2 == 0 ? terminal.Grain.Kill() : terminal.Grain.Close()).Within();
        }

        await Bounded.Until(() => pids.TrueForAll(pid => !Directory.Exists($"/proc/{pid}")), "no process, and none unreaped");
    }

    private static Action<IServiceCollection> With(TerminalsOptions options) => services => services.AddSingleton(Options.Create(options));

    /// <summary>Lets it print until it must wait, and then for so long.</summary>
    private static async Task Flood(TimeSpan time)
    {
        await using var project = await FilesProject.Start();
        var terminal = project.Terminal("x.term");
        await terminal.Create(new TerminalOptions { Command = "/bin/sh", Arguments = ["-c", "echo $$ > pid; exec yes"] });
        await Bounded.Until(() => File.Exists(project.At("pid")) && project.Read("pid").Length > 0, "the pid");
        var io = $"/proc/{project.Read("pid").Trim()}/io";
        var written = "";
        await Bounded.UntilAsync(
            async () =>
            {
                var before = written;
                await Task.Delay(100);
                written = File.ReadLines(io).First(line => line.StartsWith("wchar", StringComparison.Ordinal));
                return written == before;
            },
            "it waits");
        await Task.Delay(time);
        Assert.Contains(written, File.ReadAllText(io), StringComparison.Ordinal);
        await using var follower = new FollowedTerminal(project, "x.term");
        await Bounded.Until(() => follower.Events.Count > 1, "what waited");
        Assert.InRange(follower.Events[1].Text!.Length, 1, 600_000);
        await terminal.Kill().Within();
    }

    private static async Task<int> Pid(FollowedTerminal terminal)
    {
        await terminal.Grain.Write("echo pid=$$-\n");
        var found = Match.Empty;
        await Bounded.Until(() => (found = Regex.Match(terminal.Text, @"pid=(\d+)-")).Success, "the pid");
        return int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }
}
