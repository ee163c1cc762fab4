using System.Text;
using System.Text.Json.Nodes;

namespace ProjectSilo.Gateways.Tests.Hub;

/// <summary>What no captured case shows of the events on files: order, many at once, bounds.</summary>
public sealed class HubFileEventsTests(ProjectHost host) : IClassFixture<ProjectHost>
{
    private const string Uuid = "11111111-2222-4333-8444-";

    [Fact]
    public async Task TwoWritesOfOneFile_EndAsTheHubSentThem()
    {
        using var hub = await HubClient.Unlock(host);
        for (var i = 0; i < 100; i++)
        {
            var burst = new List<byte>();
            for (var n = 1; n <= 2; n++)
            {
                var request = new JsonObject { ["event"] = "write_file_to_project", ["id"] = n, ["path"] = "order.bin", ["data_uuid"] = $"{Uuid}{n:d12}" };
                burst.AddRange(HubClient.Frame('j', Encoding.UTF8.GetBytes(request.ToJsonString())));
                burst.AddRange(HubClient.Frame('b', Encoding.ASCII.GetBytes($"{Uuid}{n:d12}content {n}")));
            }

            await hub.Send([.. burst]);
            Assert.Equal("file_written_to_project", (string?)(await hub.ReceiveJson())["event"]);
            Assert.Equal("file_written_to_project", (string?)(await hub.ReceiveJson())["event"]);
            Assert.Equal("content 2", await File.ReadAllTextAsync(Path.Join(host.Home, "order.bin")));
        }
    }

    [Fact]
    public async Task ManyLargeReadsAtOnce_AllArrive_AndPingsBetween()
    {
        await File.WriteAllBytesAsync(Path.Join(host.Home, "large.bin"), new byte[9_900_000]);
        using var hub = await HubClient.Unlock(host);
        for (var i = 0; i < 20; i++)
        {
            await hub.SendJson(new JsonObject { ["event"] = "read_file_from_project", ["id"] = i, ["path"] = "large.bin" });
        }

        await hub.SendJson(new JsonObject { ["event"] = "ping", ["id"] = "between" });
        var (blobs, pongs) = (0, 0);
        while (blobs < 20 || pongs < 1)
        {
            var (type, payload) = await hub.ReceiveFrame();
            blobs += type == 'b' && payload.Length == 9_900_036 ? 1 : 0;
            pongs += type == 'j' && Encoding.UTF8.GetString(payload).Contains("pong", StringComparison.Ordinal) ? 1 : 0;
        }
    }

    [Fact]
    public async Task AwaitedBlobs_TakeNoRequestsAway_AndAreBounded()
    {
        using var hub = await HubClient.Unlock(host);
        for (var i = 0; i < 1_000; i++)
        {
            await hub.SendJson(new JsonObject { ["event"] = "write_file_to_project", ["id"] = i, ["path"] = "never", ["data_uuid"] = $"{Uuid}{i:d12}" });
        }

        var answer = await hub.Call(new JsonObject { ["event"] = "project_exec", ["id"] = "x", ["command"] = "echo", ["args"] = new JsonArray("hi") });
        Assert.Equal("hi\n", (string?)answer["stdout"]);
        answer = await hub.Call(new JsonObject { ["event"] = "write_file_to_project", ["id"] = "w", ["path"] = "never", ["data_uuid"] = $"{Uuid}999999999999" });
        Assert.Equal("Error: too many requests wait for their blobs (at most 1000)", (string?)answer["error"]);
        answer = await hub.Call(new JsonObject { ["event"] = "write_file_to_project", ["id"] = "p", ["data_uuid"] = Uuid });
        Assert.Equal("Error: path must be specified", (string?)answer["error"]);
    }
}
