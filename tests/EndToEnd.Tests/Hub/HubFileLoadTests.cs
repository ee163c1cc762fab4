using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace ProjectSilo.Tests.Hub;

/// <summary>Whether those who read large files hold up anybody else.</summary>
public sealed class HubFileLoadTests
{
    private const int LargeBytes = 9_000_000;
    private static readonly TimeSpan LoadTime = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task Pings_AreAnswered_WhileOthersReadLargeFiles()
    {
        await using var daemon = new DaemonProcess().With("PROJECTSILO_HttpApi__RequestsPerWindow", "1000000");
        await File.WriteAllTextAsync(Path.Join(daemon.Home, "large"), new string('x', LargeBytes));
        await daemon.StartReadyAsync();
        await daemon.WaitForFileAsync("api-server.port");
        await using var hub = NodeHub.Start(daemon.Data);
        await hub.ConnectAsync();
        await hub.ExecAsync("mkfifo pipe");
        var before = ProcessUse.Of(daemon.Pid);

        // Of its own process: 9 MB of JSON a time keep a node busy.
        await using var load = NodeHub.Start(daemon.Data);
        string[] events = ["read_file_from_project", "read_text_file_from_project"];
        foreach (var name in events)
        {
            await load.ConnectAsync(name);
            await load.StepAsync(name, new JsonObject { ["do"] = "repeat", ["message"] = new JsonObject { ["event"] = name, ["path"] = "large" } });
        }

        using var end = new CancellationTokenSource();
        var overHttp = ReadOverHttpAsync(daemon, end.Token);
        var watch = Stopwatch.StartNew();
        var pings = new List<TimeSpan>();
        while (watch.Elapsed < LoadTime)
        {
            var begin = watch.Elapsed;
            Assert.Equal("pong", (string?)(await hub.CallAsync(NodeHub.Main, "ping"))["event"]);
            pings.Add(watch.Elapsed - begin);
            if (pings.Count % 20 == 1)
            {
                var refused = await hub.CallAsync(NodeHub.Main, "read_text_file_from_project", new JsonObject { ["path"] = "pipe" });
                Assert.Equal("'pipe' is not a regular file", (string?)refused["error"]);
            }
        }

        await end.CancelAsync();
        Assert.True(await overHttp.Within() > 0, "nothing was read over HTTP");
        foreach (var name in events)
        {
            await load.StepAsync(name, new JsonObject { ["do"] = "close" });
            var repeated = await load.NextAsync(name, happened => NodeHub.Got(happened) == "repeated", $"how often there was {name}");
            Assert.True((int)repeated["count"]! > 0, $"no {name} was answered");
        }

        // Held up, each would take as long as a large file, or as the load: most are far below that, and on a busy machine some may be slow by themselves.
        Assert.InRange(pings.Order().ElementAt(pings.Count / 2), TimeSpan.Zero, TimeSpan.FromSeconds(0.2));
        await before.NothingLeakedAsync();
    }

    /// <summary>Reads the large file again and again.</summary>
    /// <returns>How often.</returns>
    private static async Task<int> ReadOverHttpAsync(DaemonProcess daemon, CancellationToken end)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DaemonProcess.Token);
        var reads = 0;
        for (; !end.IsCancellationRequested; reads++)
        {
            var content = await http.GetByteArrayAsync(new Uri($"http://127.0.0.1:{daemon.ApiPort}/api/v1/read-text-file?path=large"), CancellationToken.None);
            Assert.Equal(LargeBytes, content.Length);
        }

        return reads;
    }
}
