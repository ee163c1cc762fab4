using System.Text.Json.Nodes;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Tests.Client;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Tests.Conat;

/// <summary>A daemon under a hub: its bus is another process' conat server, here one on the real socket.io, whose end and return it must survive (spec 01 §2.3, 05 §1.5, 06).</summary>
public sealed class ConatServerTests
{
    private static readonly string Cookie = ConatNames.ProjectCookie("/", DaemonProcess.ProjectId, DaemonProcess.Token);

    [Fact]
    public async Task Daemon_SignsInByItsTokenFileAndServes()
    {
        await using var server = await NodeBroker.StartAsync(Only(Cookie));
        await using var daemon = Of(server);
        await daemon.StartReadyAsync();
        await using var client = NewClient(server, Cookie);
        Assert.Equal("pong", (await ApiOf(client).CallAsync("ping", []).Within()).AsText());
        var exec = Assert.IsType<WireValue.Members>(await ApiOf(client).CallAsync("system.exec", [Command("pwd")]).Within());
        Assert.Equal($"{daemon.Home}\n", exec["stdout"].AsText());
        var upgrade = await server.NextAsync("upgrade");
        Assert.Equal(("/conat/?EIO=4&transport=websocket", Cookie), ((string?)upgrade["url"], (string?)upgrade["cookie"]));
        Assert.DoesNotContain(DaemonProcess.Token, daemon.Read("log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RefusedDaemon_ReadsTheTokenFileAgainAndSignsIn()
    {
        const string NewToken = "fedcba9876543210fedcba9876543210";
        var newCookie = ConatNames.ProjectCookie("/", DaemonProcess.ProjectId, NewToken);
        await using var server = await NodeBroker.StartAsync(Only(newCookie));
        await using var daemon = Of(server);
        await daemon.StartReadyAsync();
        Assert.Equal(Cookie, (string?)(await server.NextAsync("upgrade"))["cookie"]);

        // The next attempt is some five seconds after the refusal.
        await File.WriteAllTextAsync(Path.Join(daemon.Data, "secret-token"), NewToken);
        await using var client = NewClient(server, newCookie);
        Assert.Equal("pong", (await ApiOf(client).CallAsync("ping", [], Bounded.Limit).Within()).AsText());
    }

    [Fact]
    public async Task ServerThatEndsAndComesBack_IsFoundAgainAndCallsMeanwhileEnd()
    {
        var server = await NodeBroker.StartAsync(Only(Cookie));
        var port = server.Port;
        await using var daemon = Of(server).With("PROJECTSILO_ConatGateway__ComputeServerWait", "00:00:01");
        await daemon.StartReadyAsync();
        await using var hub = NodeHub.Start(daemon.Data);
        await hub.ConnectAsync();
        await using var client = NewClient(server, Cookie);
        Assert.Equal("pong", (await ApiOf(client).CallAsync("ping", []).Within()).AsText());

        // One call is under way when the server is killed, and is answered to nobody. It ends within its time.
        var started = Path.Join(daemon.Home, "started");
        var cut = ApiOf(client).CallAsync("system.exec", [Command($"touch {started}; sleep 1")], TimeSpan.FromSeconds(3));
        await daemon.WaitUntilAsync(() => File.Exists(started), "not started");
        await server.DisposeAsync();
        var error = await Assert.ThrowsAsync<ConatException>(() => cut.Within());
        Assert.Contains(error.Code, new[] { "408", null });

        // The daemon lives on without the bus, and what needs it fails within its time.
        var remote = await hub.CallAsync(NodeHub.Main, "project_exec", new JsonObject { ["command"] = "true", ["compute_server_id"] = 1 }).Within();
        Assert.Contains("no connection to compute server", remote.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("here\n", (string?)(await hub.CallAsync(NodeHub.Main, "project_exec", new JsonObject { ["command"] = "echo here" }).Within())["stdout"]);

        await using var again = await NodeBroker.StartAsync(Only(Cookie, port));
        Assert.Equal("pong", (await ApiOf(client).CallAsync("ping", [], Bounded.Limit).Within()).AsText());
    }

    private static DaemonProcess Of(NodeBroker server) => new DaemonProcess().With("CONAT_SERVER", server.Address.GetLeftPart(UriPartial.Authority));

    private static JsonObject Only(string cookie, int port = 0) => new() { ["cookie"] = cookie, ["port"] = port };

    private static ConatClient NewClient(NodeBroker server, string cookie)
    {
        var client = server.NewClient(new ConatClientOptions { InboxPrefix = ConatNames.ProjectInbox(DaemonProcess.ProjectId) }, () => new(cookie));
        client.Start();
        return client;
    }

    private static ConatServiceClient ApiOf(ConatClient client) =>
        new(client, ConatNames.ProjectSubject(DaemonProcess.ProjectId, "api", 0), ServiceClientOptions.Api);

    private static WireValue.Members Command(string command) => new WireObject { ["command"] = command, ["bash"] = true }.Build();
}
