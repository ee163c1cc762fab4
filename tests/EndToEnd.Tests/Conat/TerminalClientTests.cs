using System.Diagnostics;
using System.Globalization;

namespace ProjectSilo.Tests.Conat;

/// <summary>Terminals of a standalone daemon, as a node script has them; what each check is: <c>node/terminal-client.mjs</c>.</summary>
public sealed class TerminalClientTests(StandaloneDaemon daemon) : IClassFixture<StandaloneDaemon>
{
    [Theory]
    [InlineData("shell")]
    [InlineData("vim")]
    [InlineData("flood")]
    public async Task Terminals_ServeTheRealClient(string check)
    {
        var script = Path.Join(Vectors.RepositoryRoot(), "tests", "EndToEnd.Tests", "node", "terminal-client.mjs");
        string[] arguments = [script, daemon.Process.BrowserPort.ToString(CultureInfo.InvariantCulture), daemon.Process.Data, daemon.Process.Home, check];
        using var node = System.Diagnostics.Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardError = true })!;
        var errors = node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync().Within();
        Assert.True(node.ExitCode == 0, await errors);
    }
}
