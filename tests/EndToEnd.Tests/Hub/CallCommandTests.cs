using System.Text.Json.Nodes;

namespace ProjectSilo.Tests.Hub;

/// <summary>The daemon on its own, reached by its <c>call</c> subcommand and by a hub that is not ours.</summary>
public sealed class CallCommandTests
{
    [Fact]
    public async Task Call_OfAStandaloneDaemon_WorksAtItsFirstAndSecondStart()
    {
        await using var daemon = new DaemonProcess().Without("DATA", "LOGS", "DEBUG", "BASE_PATH", "COCALC_PROJECT_ID", "CONAT_SERVER");
        daemon.Data = Path.Join(daemon.Home, ".local", "state", "projectsilo");
        for (var start = 0; start < 2; start++)
        {
            await daemon.StartReadyAsync();
            await using var caller = new DaemonProcess { Environment = daemon.Environment };
            Assert.Equal(0, (await caller.RunAsync("call", "ping")).Code);
            Assert.Equal("pong", (string?)JsonNode.Parse(caller.Output)!["event"]);
            var (code, answer) = await NodeHub.RunAsync(daemon.Data, "project_exec", """{"command":"echo $((6 * 7))"}""");
            Assert.Equal((0, "42\n"), (code, (string?)answer["stdout"]));
            daemon.Kill(15);
            Assert.Equal(15, (await daemon.ExitedAsync()).Signal);
        }
    }

    [Fact]
    public async Task Call_AnswersLikeWhatItCalls()
    {
        await using var daemon = new DaemonProcess();
        await daemon.StartReadyAsync();
        await using var caller = new DaemonProcess { Environment = daemon.Environment };

        Assert.Equal(3, (await caller.RunAsync("call", "exec", "echo out; echo err >&2; exit 3")).Code);
        Assert.Equal(("out\n", "err\n"), (caller.Output, caller.Errors));
        Assert.Equal(0, (await caller.RunAsync("call", "project_exec", """{"command":"echo","args":["é"]}""")).Code);
        Assert.Equal("é\n", (string?)JsonNode.Parse(caller.Output)!["stdout"]);
        Assert.Equal(0, (await caller.RunAsync("call", "hello")).Code);
        Assert.Equal("version", (string?)JsonNode.Parse(caller.Output)!["event"]);
        Assert.Equal(1, (await caller.RunAsync("call", "nonsense")).Code);
        Assert.Contains("does not implement handling mesg with event='nonsense'", caller.Errors, StringComparison.Ordinal);
        Assert.Equal(1, (await caller.RunAsync("call", "ping", "5")).Code);
        Assert.Contains("must be a JSON object", caller.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.2", "127.0.0.2")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::1", "::1")]
    public async Task Call_ConnectsToWhereTheDaemonListens(string hostname, string address)
    {
        await using var daemon = new DaemonProcess();
        await daemon.StartReadyAsync("--hostname", hostname);
        Assert.Equal(address, daemon.Read("hub-server.address"));
        await using var caller = new DaemonProcess { Environment = daemon.Environment };
        Assert.Equal((0, ""), ((await caller.RunAsync("call", "ping")).Code, caller.Errors));
        daemon.Kill(15);
        await daemon.ExitedAsync();
        Assert.False(daemon.Has("hub-server.address"));
    }

    [Fact]
    public async Task Call_WithNoDaemon_SaysSo()
    {
        await using var caller = new DaemonProcess();
        Assert.Equal(1, (await caller.RunAsync("call", "ping")).Code);
        Assert.StartsWith("error: ", caller.Errors, StringComparison.Ordinal);
        Assert.Single(caller.Errors.Trim().Split('\n'));
    }
}
