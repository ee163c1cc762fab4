using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Hub;

/// <summary>Every captured case of <c>hub-tcp.json</c>, over a real connection.</summary>
public sealed class HubVectorTests : IAsyncLifetime
{
    private static readonly JsonElement File = Vectors.Load("hub-tcp");

    /// <summary>Events whose capability comes later: they must say so instead of what was captured.</summary>
    /// <summary>Their answers were made up, for another kernel; what such answers are, spec 10 says, with captures of its own. Here only what the hub's wire adds counts.</summary>
    private static readonly HashSet<string> OfKernels = ["jupyter_execute", "jupyter_kernels"];

    private readonly ProjectHost _host = new(options => options.UnlockTimeout = TimeSpan.FromSeconds(1));

    public static TheoryData<string> Unlocks => [.. Names("unlock")];

    public static TheoryData<string> Framings => [.. Names("framing")];

    public Task InitializeAsync() => _host.InitializeAsync();

    public Task DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Unlocks))]
    public async Task Unlock_AsCaptured(string name)
    {
        var item = Case("unlock", name);
        using var client = await HubClient.Connect(_host);
        foreach (var part in item["send_hex"]!.AsArray())
        {
            await client.SendHex((string)part!);
        }

        var expected = (string)item["recv_hex"]!;
        if ((bool)item["closed"]!)
        {
            Assert.Equal(expected, Convert.ToHexStringLower(await client.ReceiveToEnd()));
            return;
        }

        Assert.Equal(expected, Convert.ToHexStringLower(await client.Receive(expected.Length / 2)));
        if (item["then"] is { } then)
        {
            await client.SendHex((string)then["send_hex"]!);
            Assert.Equal((string)then["recv_hex"]!, Convert.ToHexStringLower(await client.Receive(((string)then["recv_hex"]!).Length / 2)));
        }
    }

    [Theory]
    [MemberData(nameof(Framings))]
    public async Task Framing_AsCaptured(string name)
    {
        var item = Case("framing", name);
        using var client = await HubClient.Unlock(_host);
        var bytes = Convert.FromHexString((string)item["send_hex"]!);
        if (name.Contains("one byte per segment", StringComparison.Ordinal))
        {
            foreach (var one in bytes)
            {
                await client.Send([one]);
            }
        }
        else
        {
            await client.Send(bytes);
        }

        if (item["then_send_hex"] is { } more)
        {
            await client.SendHex((string)more!);
        }

        foreach (var answer in (item["improve_recv"] ?? item["recv"])!.AsArray())
        {
            var expected = (string)answer!["hex"]!;
            Assert.Equal(expected, Convert.ToHexStringLower(await client.Receive(expected.Length / 2)));
        }
    }

    [Fact]
    public async Task Exchanges_AsCaptured()
    {
        using var client = await HubClient.Unlock(_host);
        var jobIds = new Dictionary<string, string>();
        foreach (var name in Names("exchanges"))
        {
            var item = Case("exchanges", name);
            var requests = item["send"]!.AsArray().Where(part => (string)part!["type"]! == "json").Select(part => part!["json"]!.DeepClone()).ToList();
            foreach (var request in requests.Where(request => request["async_get"] is not null))
            {
                request["async_get"] = jobIds.GetValueOrDefault((string)request["async_get"]!, (string)request["async_get"]!);
            }

            if (requests.Count > 0 && OfKernels.Contains((string?)requests[0]["event"] ?? ""))
            {
                var answer = await client.Call(requests[0]);
                Assert.Equal(item["recv"]!.AsArray().Single()!["json"]!.AsObject().Select(member => member.Key).Order(), answer.Select(member => member.Key).Order());
                Assert.Equal((string?)item["recv"]![0]!["json"]!["event"], (string?)answer["event"]);
                continue;
            }

            foreach (var blob in item["send"]!.AsArray().Where(part => (string)part!["type"]! == "blob").Reverse())
            {
                // Blobs are sent where they stand: before or behind the request.
                requests.Insert(item["send"]!.AsArray().IndexOf(blob), blob!);
            }

            await Exchange(client, name, requests, ExpectedAnswers(item), item["volatile"]?.AsArray(), jobIds);
        }

        await client.AssertAlive();
    }

    /// <summary>What should come: the improved answers where there are such.</summary>
    private JsonArray ExpectedAnswers(JsonObject item)
    {
        if (item["improve"]?["recv"] is JsonArray improved)
        {
            return improved;
        }

        const string SameAs = "same success shape as \"";
        if ((string?)item["improve"]?["recv"] is not { } shape || !shape.StartsWith(SameAs, StringComparison.Ordinal))
        {
            return item["recv"]!.AsArray();
        }

        var other = Case("exchanges", shape[SameAs.Length..shape.IndexOf('"', SameAs.Length)])["recv"]!.AsArray();
        other[0]!["json"]!["id"] = item["send"]![0]!["json"]!["id"]!.DeepClone();
        return other;
    }

    private static async Task Exchange(
        HubClient client, string name, List<JsonNode> requests, JsonArray answers, JsonArray? volatileMembers, Dictionary<string, string> jobIds)
    {
        if (answers.Count == 0)
        {
            // No answer: the next one that comes is that of the ping.
            await Send(client, requests);
            await client.AssertAlive();
            return;
        }

        var attempts = requests[0]["async_get"] is null ? 1 : 1000;
        for (var attempt = 1; ; attempt++)
        {
            await Send(client, requests);
            var (expected, actual) = await ReceiveJson(client, answers, requests[0], volatileMembers, jobIds);
            if (attempt == attempts || JsonNode.DeepEquals(expected, actual))
            {
                JsonAssert.Equal(expected, actual, name);
                return;
            }

            await Task.Delay(5);
        }
    }

    private static async Task Send(HubClient client, List<JsonNode> requests)
    {
        foreach (var request in requests)
        {
            await ((string?)request["type"] == "blob" ? client.SendHex((string)request["hex"]!) : client.SendJson(request));
        }
    }

    /// <summary>Receives the answer, and checks the blob behind it if there is one. What may differ is taken out of both.</summary>
    private static async Task<(JsonObject Expected, JsonObject Actual)> ReceiveJson(
        HubClient client, JsonArray answers, JsonNode request, JsonArray? volatileMembers, Dictionary<string, string> jobIds)
    {
        var expected = answers[0]!["json"]!.DeepClone().AsObject();
        var actual = await client.ReceiveJson();
        if (answers.Count == 2)
        {
            var (type, payload) = await client.ReceiveFrame();
            var (uuid, content) = (Encoding.ASCII.GetString(payload[..36]), payload[36..]);
            Assert.Equal(('b', (string?)actual["data_uuid"], Sha1Uuid.Of(content)), (type, uuid, uuid));
            if ((string?)answers[1]!["data_hex"] is { } hex)
            {
                Assert.Equal(hex, Convert.ToHexStringLower(content));
            }
            else
            {
                Assert.StartsWith("BZh", Encoding.Latin1.GetString(content), StringComparison.Ordinal);
                expected["data_uuid"] = uuid;
            }
        }

        if (request["async_call"] is not null)
        {
            jobIds[(string)expected["job_id"]!] = (string)actual["job_id"]!;
        }

        foreach (var member in volatileMembers?.Select(member => (string)member!).Where(member => !member.Contains(' ', StringComparison.Ordinal)) ?? [])
        {
            expected.Remove(member);
            actual.Remove(member);
        }

        if ((string?)expected["error"] is { } error && Same(error, (string?)actual["error"] ?? ""))
        {
            actual["error"] = error;
        }

        return (expected, actual);
    }

    /// <summary>Equal but for the random name of a script's folder, and for the hint of the reference's operator after <c>Connection refused</c>.</summary>
    private static bool Same(string expected, string actual)
    {
        if (expected.Contains("Connection refused", StringComparison.Ordinal))
        {
            return expected.StartsWith(actual, StringComparison.Ordinal) && actual.Contains("exited with nonzero code", StringComparison.Ordinal);
        }

        const string Folder = "/tmp/cocalc-";
        var at = expected.IndexOf(Folder, StringComparison.Ordinal);
        return at >= 0 && actual.Length == expected.Length && expected.Remove(at + Folder.Length, 6) == actual.Remove(at + Folder.Length, 6);
    }

    private static IEnumerable<string> Names(string part) => File.GetProperty(part).EnumerateArray().Select(item => item.GetProperty("name").GetString()!);

    private JsonObject Case(string part, string name)
    {
        var text = File.GetProperty(part).EnumerateArray().Single(item => item.GetProperty("name").GetString() == name).GetRawText();
        return JsonNode.Parse(text.Replace(File.GetProperty("home").GetString()!, _host.Home, StringComparison.Ordinal))!.AsObject();
    }
}
