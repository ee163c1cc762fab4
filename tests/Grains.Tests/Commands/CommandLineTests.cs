using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Commands;

namespace ProjectSilo.Grains.Tests.Commands;

/// <summary>Which form is run: spec 09 §1.2.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("ls", false, "", null, "'ls' (args=)")]
    [InlineData("ls -l", false, "", "ls -l", "ls -l")]
    [InlineData("ls\u00a0-l", false, "", "ls\u00a0-l", "ls\u00a0-l")]
    [InlineData("ls", true, "", "ls", "ls")]
    [InlineData("ls -l", false, "x", null, "'ls -l' (args=x)")]
    [InlineData("ls", false, "-l|a b", null, "'ls' (args=-l a b)")]
    [InlineData("ls", true, "-l|a b", "ls -l 'a b'", "ls -l 'a b'")]
    [InlineData("ls -l", true, "it's", @"'ls -l' 'it'\''s'", @"'ls -l' 'it'\''s'")]
    [InlineData("echo", true, "a||b", "echo a '' b", "echo a '' b")]
    public void Form_IsDecidedByArgumentsWhiteSpaceAndBash(string command, bool bash, string arguments, string? script, string display)
    {
        var line = CommandLine.Of(new ExecOptions
        {
            Command = command,
            Bash = bash,
            Args = arguments.Length == 0 ? [] : [.. arguments.Split('|')],
            UlimitTimeout = false,
        });
        Assert.Equal(script, line.Script);
        Assert.Equal(display, line.Display);
        Assert.Equal(script is null ? command : "bash", line.Program);
    }

    [Theory]
    [InlineData(60, true, "ulimit -t 60\ntrue")]
    [InlineData(0.1, true, "ulimit -t 1\ntrue")]
    [InlineData(1.5, true, "ulimit -t 2\ntrue")]
    [InlineData(1e6, true, "ulimit -t 1000000\ntrue")]
    [InlineData(0, true, "true")]
    [InlineData(60, false, "true")]
    public void CpuLimit_IsTheTimeoutRoundedUp(double timeout, bool ulimit, string script) => Assert.Equal(
        script,
        CommandLine.Of(new ExecOptions { Command = "true", Bash = true, TimeoutSeconds = timeout, UlimitTimeout = ulimit }).Script);

    [Fact]
    public void Executed_HasASpaceEvenWithoutArguments() => Assert.Equal("cat ", CommandLine.Of(new ExecOptions { Command = "cat" }).Executed);
}
