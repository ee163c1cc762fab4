using System.Text.Json.Nodes;

namespace ProjectSilo.Tests.Hub;

/// <summary>The daemon asks, the hub answers (spec 02 §10): seen with the status of Kubernetes mode (spec 01 §10).</summary>
public sealed class HubDatabaseTests
{
    [Fact]
    public async Task Status_InKubernetesMode_ReachesAHubWhateverItAnswers()
    {
        await using var daemon = new DaemonProcess()
            .With("PROJECTSILO_StatusInterval", "00:00:00.200")
            .With("PROJECTSILO_Hub__CallTimeout", "00:00:01");
        await daemon.StartReadyAsync("--kucalc");
        await daemon.WaitUntilAsync(() => Log(daemon).Contains("no hub socket available", StringComparison.Ordinal), "no hub was missed");
        await using var hub = NodeHub.Start(daemon.Data);

        // No answer at all: the daemon gives up, and goes on.
        await AnswerWithAsync(hub, null);
        var first = await QueryAsync(hub, after: null);
        Assert.Equal(("query", false), ((string?)first["event"], (bool?)first["multi_response"]));
        var row = first["query"]!["projects"]!;
        Assert.Equal(DaemonProcess.ProjectId, (string?)row["project_id"]);
        var status = row["status"]!;
        Assert.Equal(daemon.Read("session-id.txt"), (string?)status["session_id"]);
        Assert.Equal(daemon.Read("start-timestamp.txt"), $"{(long?)status["start_ts"]}");
        Assert.True((long?)status["time"] >= (long?)status["start_ts"]);
        Assert.True((long?)status["disk_MB"] > 0);
        var second = await QueryAsync(hub, after: first);
        Assert.Contains("timeout after 1s", Log(daemon), StringComparison.Ordinal);

        await hub.StepAsync(NodeHub.Main, new JsonObject { ["do"] = "answer", ["event"] = "query", ["with"] = new JsonObject { ["error"] = "nope" } });
        var third = await QueryAsync(hub, after: await QueryAsync(hub, after: second));
        await daemon.WaitUntilAsync(() => Log(daemon).Contains("nope", StringComparison.Ordinal), "the hub's error is not in the log");

        await hub.StepAsync(NodeHub.Main, new JsonObject { ["do"] = "answer", ["event"] = "query", ["with"] = new JsonObject() });
        await QueryAsync(hub, after: await QueryAsync(hub, after: third));
        Assert.Equal("pong", (string?)(await hub.CallAsync(NodeHub.Main, "ping"))["event"]);
        Assert.DoesNotContain(hub.Events, happened => (string?)happened["message"]?["event"] == "error");
    }

    private static async Task AnswerWithAsync(NodeHub hub, JsonObject? members)
    {
        await hub.ConnectAsync();
        await hub.StepAsync(NodeHub.Main, new JsonObject { ["do"] = "answer", ["event"] = "query", ["with"] = members });
    }

    /// <summary>The first query after another one.</summary>
    private static async Task<JsonNode> QueryAsync(NodeHub hub, JsonNode? after)
    {
        var passed = after is null;
        return await hub.MessageAsync(
            NodeHub.Main,
            message =>
            {
                var isNext = passed && (string?)message["event"] == "query";
                passed |= ReferenceEquals(message, after);
                return isNext;
            },
            "a query");
    }

    private static string Log(DaemonProcess daemon) => daemon.Has("log") ? daemon.Read("log") : "";
}
