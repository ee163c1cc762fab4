using System.Collections.Immutable;
using System.Globalization;
using ProjectSilo.Grains.Interfaces.Terminals;
using ProjectSilo.Grains.Tests.Files;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Terminals;

/// <summary>Programs that take the whole terminal, as people use them.</summary>
public sealed class TerminalProgramTests
{
    private const string EnterAlternateScreen = "\e[?1049h";
    private const string LeaveAlternateScreen = "\e[?1049l";

    private static readonly TerminalOptions Shell = new()
    {
        Path = "a.term",
        Command = "/bin/bash",
        Arguments = ["--norc", "--noprofile"],
        Environment = ImmutableDictionary<string, string>.Empty.Add("PS1", "ready> ").Add("TMUX", "/tmp/other,1,0"),
    };

    [Fact]
    public async Task Less_PagesAFile()
    {
        await using var project = await FilesProject.Start();
        project.Put("long.txt", string.Concat(Enumerable.Range(1, 500).Select(number => string.Create(CultureInfo.InvariantCulture, $"line {number} of many\n"))));
        await using var terminal = new FollowedTerminal(project, ".a.term-0.term");
        await Open(terminal);
        await terminal.Grain.Write("less long.txt\n");
        await terminal.Says(EnterAlternateScreen);
        await terminal.Says("line 20 of many");
        Assert.DoesNotContain("line 40 of many", terminal.Text, StringComparison.Ordinal);
        await terminal.Grain.Write(" ");
        await terminal.Says("line 40 of many");
        await terminal.Grain.Write("G");
        await terminal.Says("line 500 of many");
        await Quit(terminal, "q");
        Assert.Contains(LeaveAlternateScreen, terminal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Top_Draws_AndQuits()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, ".a.term-0.term");
        await Open(terminal);
        await terminal.Grain.Write("top -d 0.2\n");
        await terminal.Says("PID");
        await Bounded.Until(() => terminal.Text.Split("load average").Length > 2, "it draws again and again");
        await Quit(terminal, "q");
    }

    [Fact]
    public async Task Tmux_RunsInside_AndIsAttachedToAgain()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, ".a.term-0.term");
        await Open(terminal);
        await terminal.Grain.Write("echo tmux-is-${TMUX-unset}; export SHELL=/bin/sh\n");
        await terminal.Says("tmux-is-unset");
        try
        {
            await terminal.Grain.Write("tmux -S sock -f /dev/null new-session 'exec /bin/sh -i'\n");
            await terminal.Says(EnterAlternateScreen);
            await terminal.Grain.Write("echo in-$((40+2))\n");
            await terminal.Says("in-42");
            await terminal.Grain.Write("\u0002d");
            await terminal.Says("[detached");
            await terminal.Grain.Write("tmux -S sock attach\n");
            await Bounded.Until(() => terminal.Text.Split("in-42").Length > 2, "the old screen");
            await Quit(terminal, "exit\n");
            await terminal.Says("[exited]");
        }
        finally
        {
            await terminal.Grain.Write("tmux -S sock kill-server; echo gone-$((1+1))\n");
            await terminal.Says("gone-2");
        }
    }

    [Fact]
    public async Task Vim_DrawsAgain_WhenTheSizeChanges()
    {
        await using var project = await FilesProject.Start();
        await using var terminal = new FollowedTerminal(project, ".a.term-0.term");
        await Open(terminal);
        await terminal.Grain.Resize("b1", new TerminalSize(24, 80), kick: false);
        await terminal.Grain.Write("vim -u NONE -N t.txt\n");
        await terminal.Says(EnterAlternateScreen);
        await terminal.Says("~");
        await terminal.Grain.Write(":set lines? columns?\r");
        await terminal.Says("lines=24");
        await terminal.Grain.Resize("b1", new TerminalSize(37, 111), kick: false);
        await Bounded.UntilAsync(
            async () =>
            {
                await terminal.Grain.Write(":set lines? columns?\r");
                await Task.Delay(100);
                return terminal.Text.Contains("lines=37", StringComparison.Ordinal) && terminal.Text.Contains("columns=111", StringComparison.Ordinal);
            },
            "the new size");
        await Quit(terminal, "\u001b:q!\r");
    }

    private static async Task Open(FollowedTerminal terminal)
    {
        await terminal.Grain.Create(Shell).Within();
        await terminal.Grain.Write("echo open-$((1+1))\n");
        await terminal.Says("open-2");
    }

    /// <summary>Ends a program, after which the shell answers. What is typed before its prompt, programs may throw away.</summary>
    private static async Task Quit(FollowedTerminal terminal, string keys)
    {
        var prompts = terminal.Text.Split("ready> ").Length;
        await terminal.Grain.Write(keys);
        await Bounded.Until(() => terminal.Text.Split("ready> ").Length > prompts, "the prompt");
        await terminal.Grain.Write("echo works-$((1+1))\n");
        await terminal.Says("works-2");
    }
}
