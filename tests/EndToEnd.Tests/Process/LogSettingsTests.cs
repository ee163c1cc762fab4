using System.Globalization;
using Microsoft.Extensions.Logging;
using ProjectSilo.Silo.Logging;

namespace ProjectSilo.Tests.Process;

public sealed class LogSettingsTests
{
    [Theory]
    [InlineData("/l/log", false, "DEBUG=*", "LOGS=/l")]
    [InlineData("/d/log", false, "DEBUG=*")]
    [InlineData("/var/log/hub/log", false, "DEBUG=*", "LOGS=/l", "COCALC_DOCKER=1")]
    [InlineData(null, true, "DEBUG=*", "LOGS=/l", "NODE_ENV=production")]
    [InlineData("/l/log", true, "DEBUG=*", "LOGS=/l", "DEBUG_CONSOLE=yes")]
    [InlineData("/l/log", false, "DEBUG=*", "LOGS=/l", "DEBUG_CONSOLE=no")]
    [InlineData("/l/log", false, "DEBUG=*", "LOGS=/l", "DEBUG_CONSOLE=false")]
    [InlineData("/f", false, "DEBUG=*", "LOGS=/l", "DEBUG_FILE=/f")]
    public void Create_FindsTheDestination(string? file, bool console, params string[] variables)
    {
        var settings = LogSettings.Create(SettingsTests.Variables(variables), veryVerbose: false, "/d", standalone: false)!;
        Assert.Equal((file, console), (settings.File, settings.Console));
    }

    [Theory]
    [InlineData(false, "LOGS=/l")]
    [InlineData(true, "DEBUG=*", "SMC_TEST=1")]
    public void Create_WithNothingToLog_IsNull(bool standalone, params string[] variables) =>
        Assert.Null(LogSettings.Create(SettingsTests.Variables(variables), veryVerbose: false, "/d", standalone));

    [Fact]
    public void Create_StandaloneWithoutDebug_ShowsWarningsOnTheConsole()
    {
        var settings = LogSettings.Create(SettingsTests.Variables(), veryVerbose: false, "/d", standalone: true)!;
        Assert.True(settings.Console && settings.File is null && settings.IsOn(LogLevel.Warning, "A") && !settings.IsOn(LogLevel.Information, "A"));
    }

    [Fact]
    public void IsOn_FollowsThePatterns()
    {
        var settings = LogSettings.Create(SettingsTests.Variables("DEBUG=cocalc:*,-cocalc:silly:*"), veryVerbose: false, "/d", standalone: false)!;
        Assert.True(settings.IsOn(LogLevel.Debug, "ProjectSilo.X"));
        Assert.False(settings.IsOn(LogLevel.Trace, "ProjectSilo.X"));
        Assert.True(LogSettings.Create(SettingsTests.Variables(), veryVerbose: true, "/d", standalone: false)!.IsOn(LogLevel.Trace, "ProjectSilo.X"));
    }

    [Theory]
    [InlineData("a*c", "abbc", true)]
    [InlineData("a*b*", "axxb", true)]
    [InlineData("a*b", "axxbc", false)]
    [InlineData("*", "", true)]
    [InlineData("x,-xy*", "xyz", false)]
    public void Match_OfPatterns(string patterns, string name, bool expected) => Assert.Equal(expected, new DebugPatterns(patterns).Match(name));

    [Fact]
    public async Task Writer_OfABigFile_Rotates()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("log");
        File.WriteAllText(path, new string('x', 2000));
        await using (var writer = Writer(path, new LogOptions { MaxFileBytes = 1000 }))
        {
            writer.Write("cocalc:info:A", "hello");
        }

        Assert.Equal(2000, new FileInfo(path + ".1").Length);
        Assert.EndsWith($" ({Environment.ProcessId}):cocalc:info:A hello\n", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writer_OfAFileThatHangs_HoldsOnlyItsOwnThread_AndCountsWhatItDrops()
    {
        const int Kept = 10;
        using var folder = new TemporaryFolder();
        var pipe = folder.File("log");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", pipe))
        {
            await mkfifo.WaitForExitAsync().Within();
        }

        await using var writer = Writer(pipe, new LogOptions { QueueLines = Kept });
        writer.Write("cocalc:info:A", "first");
        // Nobody reads the pipe: its opening waits. Whatever has left the queue for it, the queue holds no more than its bound.
        for (var number = 0; number < 1_000; number++)
        {
            writer.Write("cocalc:info:A", "more");
        }

        var (written, dropped) = await Task.Run(() => Read(pipe, 1_001)).Within();
        Assert.Equal("first", written[0]);
        Assert.InRange(written.Count, Kept, 2 * Kept);
        Assert.Equal(1_001, written.Count + dropped);
    }

    /// <summary>Reads from a log until so many lines were written or reported as dropped.</summary>
    private static (List<string> Written, int Dropped) Read(string path, int lines)
    {
        var written = new List<string>();
        var dropped = 0;
        using var log = new StreamReader(path);
        while (written.Count + dropped < lines && log.ReadLine() is { } line)
        {
            if (line.StartsWith('(') && line.Contains("lines dropped", StringComparison.Ordinal))
            {
                dropped += int.Parse(line[1..line.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
            }
            else
            {
                written.Add(line[(line.LastIndexOf(' ') + 1)..]);
            }
        }

        return (written, dropped);
    }

    private static LogWriter Writer(string path, LogOptions options) =>
        new(new LogSettings(new DebugPatterns("*"), path, Console: false, WarningsOnly: false), options, TimeProvider.System);
}
