using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ProjectSilo.Tests.Hub;

/// <summary>Long loops, for what shows only after a while.</summary>
public sealed class HubSoakTests
{
    [LongFact]
    public async Task Soak_OfMixedTraffic_LeaksNothing()
    {
        var fixture = new HubFixture();
        await fixture.InitializeAsync();
        try
        {
            var watch = Stopwatch.StartNew();
            // The first round loads and grows what every later one uses again.
            await RoundAsync(fixture, 0);
            var before = fixture.Use();
            for (var round = 1; watch.Elapsed < LongFactAttribute.Duration; round++)
            {
                await RoundAsync(fixture, round);
            }

            await before.NothingLeakedAsync();
            await fixture.OtherIsAnsweredAsync();
        }
        finally
        {
            await fixture.DisposeAsync();
        }
    }

    [LongFact]
    public async Task KillStorm_TheDaemonStartsAgainEachTime()
    {
        await using var daemon = new DaemonProcess();
        var watch = Stopwatch.StartNew();
        for (var round = 0; watch.Elapsed < LongFactAttribute.Duration; round++)
        {
            await daemon.StartReadyAsync();
            await using var hub = NodeHub.Start(daemon.Data);
            await hub.ConnectAsync();
            var job = await hub.ExecAsync("sleep 0.5", new JsonObject { ["async_call"] = true });
            Assert.Equal("running", (string?)job["status"]);
            Assert.Equal($"{round}\n", (string?)(await hub.ExecAsync($"echo {round}"))["stdout"]);
            daemon.Kill(9);
            await daemon.ExitedAsync();
            await hub.ClosedAsync(NodeHub.Main);
            // As a hub does before each start.
            File.Delete(Path.Join(daemon.Data, "hub-server.port"));
        }
    }

    private static async Task RoundAsync(HubFixture fixture, int round)
    {
        var hub = fixture.Hub;
        var connection = $"round {round}";
        await hub.ConnectAsync(connection);
        var calls = Enumerable.Range(0, 20).Select(i => (i % 5) switch
        {
            0 => hub.CallAsync(connection, "ping"),
            1 => hub.ExecAsync($"echo {i}; sleep 0.0{i % 10}"),
            2 => hub.ExecAsync("sleep", new JsonObject { ["args"] = new JsonArray("5"), ["timeout"] = 0.2 }),
            3 => hub.ExecAsync("head -c 200000 /dev/urandom", new JsonObject { ["max_output"] = 1000 }),
            _ => hub.ExecAsync("sleep 0.1; exit 3", new JsonObject { ["async_call"] = true }),
        });
        await Task.WhenAll(calls);
        await hub.SendRawAsync(connection, [0, 0, 0, 3, (byte)'j', (byte)'{', (byte)'x']);
        // Closed in the middle of a command, as when a hub restarts.
        await hub.SendAsync(connection, new JsonObject { ["event"] = "project_exec", ["command"] = "sleep 0.1; echo nobody reads this" });
        await hub.StepAsync(connection, new JsonObject { ["do"] = "close" });
    }
}
