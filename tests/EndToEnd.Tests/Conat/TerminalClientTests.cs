using System.Diagnostics;
using System.Globalization;

namespace ProjectSilo.Tests.Conat;

/// <summary>Terminals of a standalone daemon, as a node script has them; what each check is: <c>node/terminal-client.mjs</c>.</summary>
public sealed class TerminalClientTests(StandaloneDaemon daemon) : IClassFixture<StandaloneDaemon>
{
    private const int Sigterm = 15;

    [Theory]
    [InlineData("shell")]
    [InlineData("vim")]
    [InlineData("flood")]
    [InlineData("faults")]
    [InlineData("idle")]
    [InlineData("session")]
    public Task Terminals_ServeTheRealClient(string check) => Run(daemon.Process, check);

    [Fact]
    public async Task DaemonThatIsStopped_HangsUpItsTerminals_AndKillsWhoStays()
    {
        await using var stopped = StandaloneDaemon.Create();
        await stopped.StartReadyAsync();
        await Run(stopped, "stay");
        var pids = File.ReadAllLines(Path.Join(stopped.Home, "pids"));
        Assert.Equal(2, pids.Length);
        stopped.Kill(Sigterm);
        await stopped.ExitedAsync();
        Assert.True(File.Exists(Path.Join(stopped.Home, "hung-up")));
        Assert.All(pids, pid => Assert.False(Directory.Exists("/proc/" + pid)));
    }

    private static async Task Run(DaemonProcess daemon, string check)
    {
        var script = Path.Join(Vectors.RepositoryRoot(), "tests", "EndToEnd.Tests", "node", "terminal-client.mjs");
        string[] arguments = [script, daemon.BrowserPort.ToString(CultureInfo.InvariantCulture), daemon.Data, daemon.Home, check];
        using var node = System.Diagnostics.Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardError = true })!;
        var errors = node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync().Within();
        Assert.True(node.ExitCode == 0, await errors);
    }
}
