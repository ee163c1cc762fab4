using ProjectSilo.Silo.CommandLine;

namespace ProjectSilo.Tests.Process;

public sealed class CommandLineTests
{
    [Fact]
    public void Parse_WithNothing_GivesTheDefaults() => Assert.Equal(new SiloArguments(), CommandLineParser.Parse([]).Arguments);

    [Theory]
    [InlineData("--hub-port 6000 --browser-port 6001 --hostname 0.0.0.0 --init x.sh --kucalc --sshd --daemon --standalone")]
    [InlineData("--hub-port=6000 --browser-port=6001 --hostname=0.0.0.0 --init=x.sh --kucalc --sshd --daemon --standalone")]
    [InlineData("extra --hub-port 6000 more --kucalc flagged --browser-port 6001 --hostname 0.0.0.0 extra --init x.sh --sshd --daemon --standalone -- --foo")]
    public void Parse_WithEverything_SetsEverything(string line)
    {
        var expected = new SiloArguments
        {
            HubPort = 6000,
            BrowserPort = 6001,
            Hostname = "0.0.0.0",
            Init = "x.sh",
            Kucalc = true,
            Sshd = true,
            Daemon = true,
            Standalone = true,
        };
        Assert.Equal(expected, CommandLineParser.Parse(line.Split(' ')).Arguments);
    }

    [Theory]
    [InlineData("--foo", "error: unknown option '--foo'")]
    [InlineData("--version", "error: unknown option '--version'")]
    [InlineData("--hostname --foo", "error: unknown option '--foo'")]
    [InlineData("--kucalc=1", "error: unknown option '--kucalc=1'")]
    [InlineData("--hub-port", "error: option '--hub-port <n>' argument missing")]
    [InlineData("--browser-port", "error: option '--browser-port <n>' argument missing")]
    [InlineData("--hub-port x", "error: option '--hub-port <n>' argument 'x' is invalid. It must be a port number, 0 to 65535.")]
    [InlineData("--browser-port=65536", "error: option '--browser-port <n>' argument '65536' is invalid. It must be a port number, 0 to 65535.")]
    [InlineData("--hub-port -1", "error: option '--hub-port <n>' argument '-1' is invalid. It must be a port number, 0 to 65535.")]
    public void Parse_OfAMistake_GivesTheMessage(string line, string expected) => Assert.Equal(expected, CommandLineParser.Parse(line.Split(' ')).Error);

    [Fact]
    public void Parse_OfOptionalValuesWithoutValue_GivesTheDefaults()
    {
        var arguments = CommandLineParser.Parse(["--hostname", "--init", "--kucalc"]).Arguments!;
        Assert.Equal(("127.0.0.1", "", true), (arguments.Hostname, arguments.Init, arguments.Kucalc));
    }

    [Fact]
    public void Parse_OfARepeatedOption_TakesTheLast() =>
        Assert.Equal(2, CommandLineParser.Parse(["--hub-port", "1", "--hub-port=2"]).Arguments!.HubPort);

    [Theory]
    [InlineData("-h")]
    [InlineData("--help")]
    public void Parse_OfHelp_GivesTheUsage(string option) => Assert.Contains("--hub-port <n>", CommandLineParser.Parse([option]).Usage, StringComparison.Ordinal);
}
