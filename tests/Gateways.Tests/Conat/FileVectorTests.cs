using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Conat;

/// <summary>Every scenario of <c>conat-services.json</c> in which a peer reads or writes a file: the same requests get the same answers.</summary>
public sealed class FileVectorTests(BusProject project) : IClassFixture<BusProject>
{
    private static readonly JsonElement[] Scenarios = [.. Vectors.Load("conat-services").GetProperty("scenarios").EnumerateArray().Where(item => item.TryGetProperty("frames", out _))];

    public static TheoryData<string> Reads => [.. Names("files:read.-")];

    public static TheoryData<string> Writes => [.. Names("files:write.-")];

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task Read_AsCaptured(string name)
    {
        var scenario = Scenarios.Single(item => Name(item) == name);
        var request = Request(scenario, "files:read.-");
        var path = request["path"].AsText()!;
        var expected = Publishes(scenario, "project").Where(message => message.Subject.StartsWith("_INBOX.hub-", StringComparison.Ordinal)).ToArray();
        if (expected.All(message => message.Headers?["error"] is null))
        {
            await File.WriteAllBytesAsync(Path.Combine(project.Home, path), [.. expected.SelectMany(message => message.Bytes ?? [])]);
        }

        var options = new PublishOptions { WaitForInterest = true };
        var replies = new List<ConatMessage>();
        await foreach (var reply in project.Hub.RequestManyAsync(BusProject.Subject("files:read"), request, options, Bounded.Limit, expected.Length))
        {
            replies.Add(reply);
        }

        Assert.Equal(expected.Length, replies.Count);
        foreach (var (wanted, reply) in expected.Zip(replies))
        {
            // Errors name the absolute path (spec 06 §7.1).
            var headers = wanted.Headers!.ToJsonString().Replace($"'{path}'", $"'{project.Home}/{path}'", StringComparison.Ordinal).Replace("\\u0027" + path, $"\\u0027{project.Home}/{path}", StringComparison.Ordinal);
            JsonAssert.Equal(JsonNode.Parse(headers), JsonNode.Parse(reply.Headers!.ToString()));
            Assert.Equal(wanted.Bytes ?? [], reply.Data is WireValue.Bytes bytes ? bytes.Value.ToArray() : []);
            Assert.Equal(wanted.Bytes is null, reply.Data is WireValue.Nothing);
        }
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Write_AsCaptured(string name)
    {
        var scenario = Scenarios.Single(item => Name(item) == name);
        var request = Request(scenario, "files:write.-");
        var path = request["path"].AsText()!;
        var expected = Publishes(scenario, "project").Single(message => message.Subject.StartsWith("_INBOX.hub-", StringComparison.Ordinal)).Data!.AsObject();
        var chunks = Publishes(scenario, "peer").Where(message => message.Subject.StartsWith("_INBOX.project-", StringComparison.Ordinal)).ToArray();
        if ((string?)expected["status"] == "error" && path.Contains('/', StringComparison.Ordinal))
        {
            // Missing folders are made, so something else must be in the way.
            await File.WriteAllTextAsync(Path.Combine(project.Home, path.Split('/')[0]), "a file");
        }

        using var offered = await project.Hub.SubscribeAsync(BusProject.Subject("files:read" + request["name"].AsText()));
        var answer = project.Ask("files:write", request);
        if ((string?)expected["status"] != "error")
        {
            var asked = (await offered.ReadAsync().AsTask().Within())!;
            Assert.Equal(path, ((WireValue.Members)asked.Data)["path"].AsText());
            foreach (var chunk in chunks)
            {
                WireValue data = chunk.Bytes is { } bytes ? new WireValue.Bytes(bytes) : WireValue.Null;
                await project.Hub.RespondAsync(asked, data, new PublishOptions { Headers = Wire(chunk.Headers!) }).Within();
            }
        }

        var actual = JsonNode.Parse((await answer.Within()).ToString())!.AsObject();
        if ((string?)expected["status"] == "error")
        {
            Assert.Equal(expected.Select(member => member.Key), actual.Select(member => member.Key));
            Assert.StartsWith("Error: E", (string)actual["error"]!, StringComparison.Ordinal);
            Assert.Equal("error", (string)actual["status"]!);
        }
        else
        {
            JsonAssert.Equal(expected, actual);
            Assert.Equal(chunks.SelectMany(chunk => chunk.Bytes ?? []), await File.ReadAllBytesAsync(Path.Combine(project.Home, path)));
        }
    }

    private static IEnumerable<string> Names(string service) =>
        Scenarios.Where(scenario => Publishes(scenario, "peer").Any(message => message.Subject.EndsWith("." + service, StringComparison.Ordinal))).Select(Name);

    private static string Name(JsonElement scenario) => scenario.GetProperty("name").GetString()!;

    private static WireValue.Members Request(JsonElement scenario, string service) =>
        (WireValue.Members)Wire(Publishes(scenario, "peer").First(message => message.Subject.EndsWith("." + service, StringComparison.Ordinal)).Data!);

    private static WireValue Wire(JsonNode node) => BusProject.Wire(node.ToJsonString());

    /// <summary>The events <c>publish</c> that a party sent.</summary>
    private static IEnumerable<Published> Publishes(JsonElement scenario, string party)
    {
        foreach (var frame in scenario.GetProperty("frames").EnumerateArray())
        {
            var text = frame.TryGetProperty("text", out var textElement) ? textElement.GetString()! : "";
            if (frame.GetProperty("party").GetString() == party && frame.GetProperty("dir").GetString() == "c2s" && text.Contains("[\"publish\"", StringComparison.Ordinal))
            {
                var message = JsonNode.Parse(text[text.IndexOf('[', StringComparison.Ordinal)..])![1]!.AsArray();
                var data = frame.TryGetProperty("decodedPayload", out var payload) ? JsonNode.Parse(payload.GetRawText()) : null;
                yield return new Published((string)message[0]!, data, message.Count > 6 ? message[6] : null);
            }
        }
    }

    private sealed record Published(string Subject, JsonNode? Data, JsonNode? Headers)
    {
        /// <summary>Those of <c>{"$bin":"636f63"}</c>; of <c>{"$bin":"4194304 bytes"}</c> as many times an A.</summary>
        public byte[]? Bytes => Data is JsonObject members && (string?)members["$bin"] is { } text
            ? text.EndsWith(" bytes", StringComparison.Ordinal) ? Enumerable.Repeat((byte)'A', int.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture)).ToArray() : Convert.FromHexString(text)
            : null;
    }
}
