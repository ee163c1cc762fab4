using System.Diagnostics;
using System.Globalization;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Tests.Conat;

/// <summary>A standalone daemon's streams, used by a client that isn't ours, alone and together with our stores; what each check is: <c>node/persist-client.mjs</c>.</summary>
public sealed class PersistClientTests(StandaloneDaemon daemon) : IClassFixture<StandaloneDaemon>
{
    [Theory]
    [InlineData("publish")]
    [InlineData("watch")]
    [InlineData("catchUp")]
    [InlineData("refused")]
    public Task Streams_ServeTheRealClient(string check) => RunAsync(check);

    [Fact]
    public async Task ADkv_AndTheRealClient_ShareAStore()
    {
        var projectId = daemon.Process.Read("project-id").Trim();
        await using var client = new ConatClient(
            new SocketIoTransport(new SocketIoOptions
            {
                Address = new Uri($"http://127.0.0.1:{daemon.Process.BrowserPort}"),
                Cookie = () => new(ConatNames.ProjectCookie("/", projectId, daemon.Process.Read("secret-token"))),
            }),
            new ConatClientOptions { InboxPrefix = ConatNames.ProjectInbox(projectId) });
        await client.ConnectAsync().Within();
        await using var map = await client.OpenDkvAsync(new DkvOptions { Name = "node-dkv", ProjectId = projectId, NoInventory = true }).Within();
        map.Changed += change =>
        {
            if (change is { Key: "question", Value: WireValue.Members question } && question["from"].AsText() == "node")
            {
                map.Set("answer", new WireObject { ["to"] = "node" }.Build());
                map.Delete("question");
            }
        };
        await RunAsync("dkv");
        await map.SaveAsync().Within();
        Assert.Equal(["answer"], map.Keys());
    }

    private async Task RunAsync(string check)
    {
        var script = Path.Join(Vectors.RepositoryRoot(), "tests", "EndToEnd.Tests", "node", "persist-client.mjs");
        string[] arguments = [script, daemon.Process.BrowserPort.ToString(CultureInfo.InvariantCulture), daemon.Process.Data, check];
        using var node = System.Diagnostics.Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardError = true })!;
        var errors = node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync().Within();
        Assert.True(node.ExitCode == 0, await errors);
    }
}
