using System.Diagnostics;
using System.Globalization;

namespace ProjectSilo.Tests.Conat;

/// <summary>The real socket.io-client against the daemon's broker; what each check is: <c>node/conat-client.mjs</c>.</summary>
public sealed class SocketIoClientTests(StandaloneDaemon daemon) : IClassFixture<StandaloneDaemon>
{
    [Theory]
    [InlineData("handshake")]
    [InlineData("publish")]
    [InlineData("request")]
    [InlineData("interest")]
    [InlineData("refusals")]
    [InlineData("permissions")]
    [InlineData("batch")]
    [InlineData("arguments")]
    [InlineData("attachments")]
    [InlineData("chunks")]
    [InlineData("tooLarge")]
    public async Task Broker_ServesTheRealClient(string check)
    {
        var script = Path.Join(Vectors.RepositoryRoot(), "tests", "EndToEnd.Tests", "node", "conat-client.mjs");
        string[] arguments = [script, daemon.Process.BrowserPort.ToString(CultureInfo.InvariantCulture), daemon.Process.Data, check];
        using var node = System.Diagnostics.Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardError = true })!;
        var errors = node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync().Within();
        Assert.True(node.ExitCode == 0, await errors);
    }
}
