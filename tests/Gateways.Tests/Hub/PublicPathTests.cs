using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Gateways.Hub.PublicPaths;
using ProjectSilo.Gateways.Tests.Conat;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Hub;

/// <summary>The watcher of public paths (spec 01 §13) with a hub that speaks by hand.</summary>
public sealed class PublicPathTests : IAsyncLifetime
{
    private readonly ProjectHost _host = new(new ApiIdentity(ProjectHost.ProjectId, 0, ProjectHost.Version), services =>
    {
        services.AddPublicPathWatcher();
        services.Configure<HubGatewayOptions>(options => options.PublicPathInterval = TimeSpan.FromMilliseconds(20));
    });

    public Task InitializeAsync() => _host.InitializeAsync();

    public Task DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Watcher_TellsOfEdits_AndOpensTheFeedAgain()
    {
        using var hub = await Greeted();
        var feed = await hub.ReceiveJson();
        JsonAssert.Equal(
            JsonNode.Parse($$"""{"public_paths":[{"id":null,"project_id":"{{ProjectHost.ProjectId}}","path":null,"last_edited":null,"disabled":null}]}"""), feed["query"]);
        Assert.True((bool)feed["changes"]!);
        var now = Milliseconds(DateTime.UtcNow.AddSeconds(5));
        await hub.SendJson(new JsonObject
        {
            ["id"] = feed["id"]!.DeepClone(),
            ["multi_response"] = true,
            ["event"] = "query",
            ["query"] = JsonNode.Parse(
                $$$"""
                {"public_paths":[{"id":"1","path":"dir1","last_edited":{"DateEpochMS":{{{now}}}}},{"id":"2","path":"hello.txt","disabled":true},{"id":"3","path":"none"}]}
                """),
        });

        // A file below the folder is edited later; then a path comes that never was.
        var edited = DateTime.UtcNow.AddSeconds(60);
        Directory.CreateDirectory(Path.Join(_host.Home, "dir1/a/b"));
        await File.WriteAllTextAsync(Path.Join(_host.Home, "dir1/a/b/c"), "");
        File.SetLastWriteTimeUtc(Path.Join(_host.Home, "dir1/a/b/c"), edited);
        await AssertTold(hub, "1", "dir1", Milliseconds(edited));
        File.SetLastWriteTimeUtc(Path.Join(_host.Home, "empty.txt"), DateTime.UnixEpoch.AddSeconds(7));
        await hub.SendJson(new JsonObject
        {
            ["id"] = feed["id"]!.DeepClone(),
            ["multi_response"] = true,
            ["action"] = "insert",
            ["new_val"] = new JsonObject { ["id"] = "4", ["path"] = "empty.txt" },
        });
        await AssertTold(hub, "4", "empty.txt", 7_000);

        // The feed ends, and is opened again.
        await hub.SendJson(new JsonObject { ["id"] = feed["id"]!.DeepClone(), ["event"] = "error", ["error"] = "close" });
        var again = await hub.ReceiveJson();
        JsonAssert.Equal(feed["query"], again["query"]);
        Assert.NotEqual((string?)feed["id"], (string?)again["id"]);
    }

    [Fact]
    public async Task Watcher_AsksNobodyWhoHasNotSaidHello()
    {
        using var script = await HubClient.Unlock(_host);
        await script.SendJson(new JsonObject { ["event"] = "heartbeat" });
        using var hub = await Greeted();
        Assert.NotNull((await hub.ReceiveJson())["query"]!["public_paths"]);
        await script.SendJson(new JsonObject { ["event"] = "ping", ["id"] = "1" });
        Assert.Equal("pong", (string?)(await script.ReceiveJson())["event"]);
    }

    [Fact]
    public void Table_FollowsTheFeed()
    {
        var table = new PublicPathTable(2);
        Apply("""{"query":{"public_paths":[{"id":"1","path":"a","last_edited":5},{"id":"2","path":"b","last_edited":"1970-01-01T00:00:01.000Z"},{"id":"3","path":"c"},{"id":"4"},7]}}""");
        Assert.Equal([new("1", "a", 5), new PublicPath("2", "b", 1_000)], table.Paths);
        Apply("""{"action":"update","new_val":{"id":"1","last_edited":{"DateEpochMS":9}}}""");
        Assert.Contains(new PublicPath("1", "a", 9), table.Paths);
        Apply("""{"action":"update","new_val":{"id":"1","disabled":true}}""");
        Apply("""{"action":"delete","old_val":{"id":"2"}}""");
        Apply("""{"action":"delete"}""");
        Assert.Empty(table.Paths);
        Apply("""{"action":"insert","new_val":{"id":"5","path":"e"}}""");
        var path = Assert.Single(table.Paths);
        table.Edited(path, 3);
        table.Edited(path, 4);
        Assert.Equal([new PublicPath("5", "e", 3)], table.Paths);

        void Apply(string json) => table.Apply((WireValue.Members)BusProject.Wire(json));
    }

    private async Task<HubClient> Greeted()
    {
        var hub = await HubClient.Unlock(_host);
        await hub.SendJson(new JsonObject { ["event"] = "hello" });
        Assert.Equal("version", (string?)(await hub.ReceiveJson())["event"]);
        return hub;
    }

    private static long Milliseconds(DateTime time) => (long)(time - DateTime.UnixEpoch).TotalMilliseconds;

    private static async Task AssertTold(HubClient hub, string id, string path, double edited)
    {
        var request = await hub.ReceiveJson();
        JsonAssert.Equal(
            JsonNode.Parse($$$"""[{"public_paths":{"id":"{{{id}}}","last_edited":{"DateEpochMS":{{{edited}}}},"project_id":"{{{ProjectHost.ProjectId}}}","path":"{{{path}}}"}}]"""),
            request["query"]);
        JsonAssert.Equal(JsonNode.Parse("""[{"set":true}]"""), request["options"]);
        await hub.SendJson(new JsonObject { ["id"] = request["id"]!.DeepClone(), ["event"] = "query", ["query"] = new JsonArray() });
    }
}
