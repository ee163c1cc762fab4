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
        var folder = Directory.CreateTempSubdirectory("projectsilo-").FullName;
        try
        {
            var path = Path.Join(folder, "log");
            File.WriteAllText(path, new string('x', 2000));
            await using (var writer = new LogWriter(
                new LogSettings(new DebugPatterns("*"), path, Console: false, WarningsOnly: false), new LogOptions { MaxFileBytes = 1000 }, TimeProvider.System))
            {
                writer.Write("cocalc:info:A", "hello");
            }

            Assert.Equal(2000, new FileInfo(path + ".1").Length);
            Assert.EndsWith($" ({Environment.ProcessId}):cocalc:info:A hello\n", File.ReadAllText(path), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
