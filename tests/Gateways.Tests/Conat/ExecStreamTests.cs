using System.Text.Json.Nodes;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Conat;

/// <summary>Commands followed over the bus (spec 09 §2, spec 06 §13).</summary>
public sealed class ExecStreamTests(BusProject project) : IClassFixture<BusProject>
{
    private static readonly JsonArray Cases = JsonNode.Parse(Vectors.Load("exec").GetProperty("streams").GetRawText())!.AsArray();

    public static TheoryData<string> Names => [.. Cases.Select(item => (string)item!["name"]!)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Stream_AsCaptured(string name)
    {
        var item = Cases.Single(item => (string)item!["name"]! == name)!;
        var options = item["opts"]!.DeepClone().AsObject();
        options["project_id"] = BusProject.ProjectId == (string?)options["project_id"] ? "812abe34-a382-4bd1-9071-29b6f4334f03" : options["project_id"]?.DeepClone() ?? BusProject.ProjectId;
        var (expected, actual) = (item["events"]!.AsArray(), await Follow(options));
        Assert.Null(expected[^1]);
        Assert.Equal(Output(expected, "stdout"), Output(actual, "stdout"));
        Assert.Equal(Output(expected, "stderr"), Output(actual, "stderr"));
        Assert.Equal((string?)expected[0]!["error"], (string?)actual[0]!["error"]);
        if (expected[0]!["error"] is not null)
        {
            Assert.Equal(2, actual.Count);
            return;
        }

        var done = Stable(item, actual[^2]!["data"]!);
        var wanted = Stable(item, expected[^2]!["data"]!);
        if ((string?)wanted["status"] == "error")
        {
            // The real ones are kept (spec 06 §13).
            Assert.True((int)done["exit_code"]! > 0);
            wanted["exit_code"] = done["exit_code"]!.DeepClone();
            wanted["stdout"] = Output(expected, "stdout");
        }

        Assert.True(JsonAssert.Fits((string)wanted["stderr"]!, (string)done["stderr"]!));
        wanted["stderr"] = done["stderr"]!.DeepClone();
        JsonAssert.Equal(wanted, done);
        JsonAssert.Equal(Stable(item, expected[0]!["data"]!), Stable(item, actual[0]!["data"]!));
        Assert.Empty(actual[0]!["data"]!["stats"]!.AsArray());
        Assert.Equal(("job", "done"), ((string)actual[0]!["type"]!, (string)actual[^2]!["type"]!));
        Assert.Equal(expected[0]!["data"]!["pid"] is null, actual[0]!["data"]!["pid"] is null);
        if (expected.Any(message => (string?)message?["type"] == "stats"))
        {
            Assert.Contains(actual, message => (string?)message?["type"] == "stats" && (double)message["data"]!["mem_rss"]! > 0);
            Assert.NotEmpty(actual[^2]!["data"]!["stats"]!.AsArray());
        }
    }

    [Fact]
    public async Task AFailure_EndsWithItsRealCodeAndOutput_AndIsKnownAfterwards()
    {
        var events = await Follow(new JsonObject { ["project_id"] = BusProject.ProjectId, ["command"] = "echo out; exit 123" });
        var done = events[^2]!["data"]!;
        Assert.Equal((123, "out\n", "error"), ((int)done["exit_code"]!, (string)done["stdout"]!, (string)done["status"]!));
        var record = await project.Call("system.exec", [new WireObject { ["async_get"] = (string)done["job_id"]! }.Build()]);
        Assert.Equal("error", ((WireValue.Members)record)["status"].AsText());

        // A late follower gets what it did, and its end.
        var late = await Follow(new JsonObject { ["project_id"] = BusProject.ProjectId, ["async_get"] = (string)done["job_id"]! });
        Assert.Equal(["job", "done", null], late.Select(message => (string?)message?["type"]));
        Assert.Equal("out\n", (string)late[0]!["data"]!["stdout"]!);
        Assert.Equal(123, (int)late[1]!["data"]!["exit_code"]!);
    }

    [Theory]
    [InlineData("{\"async_get\":\"x\"}", "Error: Async operation 'x' does not exist.")]
    [InlineData("{}", "Error: command must be specified")]
    [InlineData("{\"command\":5}", "Error: command must be a string")]
    public async Task WhatCantBeStarted_IsAnErrorAndTheEnd(string options, string error)
    {
        var request = JsonNode.Parse(options)!.AsObject();
        request["project_id"] = BusProject.ProjectId;
        var events = await Follow(request);
        Assert.Equal(2, events.Count);
        JsonAssert.Equal(new JsonObject { ["error"] = error, ["seq"] = 0 }, events[0]);
    }

    [Fact]
    public async Task AJob_OutlivesItsListener()
    {
        var request = new WireObject { ["project_id"] = BusProject.ProjectId, ["command"] = "until [ -e go ]; do sleep 0.02; done; echo went > went", ["bash"] = true }.Build();
        await foreach (var reply in project.Hub.RequestManyAsync(BusProject.Subject("exec-stream"), request, new PublishOptions { WaitForInterest = true }, Bounded.Limit))
        {
            Assert.Contains("job", reply.Data.ToString(), StringComparison.Ordinal);
            break;
        }

        await File.WriteAllTextAsync(Path.Combine(project.Home, "go"), "");
        await Bounded.Until(() => File.Exists(Path.Combine(project.Home, "went")), "the job went on");
    }

    private async Task<List<JsonNode?>> Follow(JsonObject options)
    {
        var request = BusProject.Wire(options.ToJsonString());
        var events = new List<JsonNode?>();
        await foreach (var reply in project.Hub.RequestManyAsync(BusProject.Subject("exec-stream"), request, new PublishOptions { WaitForInterest = true }, Bounded.Limit))
        {
            events.Add(JsonNode.Parse(reply.Data.ToString()));
            if (events[^1] is null)
            {
                break;
            }
        }

        Assert.Null(events[^1]);
        Assert.Equal(Enumerable.Range(0, events.Count - 1), events.SkipLast(1).Select(message => (int)message!["seq"]!));
        return events;
    }

    private static string Output(IEnumerable<JsonNode?> events, string stream) =>
        string.Concat(events.Where(message => (string?)message?["type"] == stream).Select(message => (string)message!["data"]!));

    private static JsonObject Stable(JsonNode item, JsonNode data)
    {
        var copy = data.DeepClone().AsObject();
        foreach (var member in item["volatile"]!.AsArray())
        {
            copy.Remove((string)member!);
        }

        return copy;
    }
}
