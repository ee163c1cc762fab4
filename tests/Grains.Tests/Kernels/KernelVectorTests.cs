using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Kernels.Pool;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>Every case of <c>init_code</c> and <c>raw_messages</c> of <c>jupyter-execute.json</c>.</summary>
public sealed class KernelVectorTests
{
    private static readonly JsonElement All = Vectors.Load("jupyter-execute");

    public static TheoryData<int> InitCodes => [.. Enumerable.Range(0, All.GetProperty("init_code").GetArrayLength())];

    [Theory]
    [MemberData(nameof(InitCodes))]
    public void InitCode_AsCaptured(int number)
    {
        var item = All.GetProperty("init_code")[number];
        var language = item.GetProperty("language").GetString()!;
        var value = item.GetProperty("value").GetString()!;
        Check(item.GetProperty("chdir"), () => InitCode.ChangeDirectory(language, value));
        Check(item.GetProperty("setenv"), () => InitCode.SetVariable(language, "COCALC_JUPYTER_FILENAME", value));
        Assert.Equal(item.GetProperty("chdir").ValueKind == JsonValueKind.String, InitCode.Knows(language));

        static void Check(JsonElement expected, Func<string> actual)
        {
            if (expected.ValueKind == JsonValueKind.String)
            {
                Assert.Equal(expected.GetString(), actual());
            }
            else
            {
                Assert.Equal(expected.GetProperty("error").GetString(), "Error: " + Assert.Throws<RequestException>(actual).Message);
            }
        }
    }

    /// <summary>In one kernel, one after the other. The last two messages come by two sockets, in either order; neighbouring prints may have been joined.</summary>
    [Fact]
    public async Task Messages_AsCaptured()
    {
        await using var project = await KernelsProject.Start();
        var kernel = await project.Kernel();
        foreach (var item in All.GetProperty("raw_messages").EnumerateArray())
        {
            var asked = new JsonArray();
            var answer = item.TryGetProperty("stdin", out var given) ? given.GetString() : null;
            var request = ExecutedCode.Request(item.GetProperty("code").GetString()!) with { AllowsInput = answer is not null };
            var executed = await ExecutedCode.Of(kernel, request, async part =>
            {
                if (part.Input is { } input)
                {
                    asked.Add(new JsonObject { ["prompt"] = input.Prompt, ["password"] = input.IsPassword });
                    Assert.True(await kernel.Answer(request.Id, answer!));
                }
            });

            var because = item.GetProperty("id").GetString()!;
            Assert.True(executed.IsDone, because);
            Compare(Normal(item.GetProperty("messages").EnumerateArray().Select(message => JsonNode.Parse(message.GetRawText())!)), Normal(Messages(executed)), because);
            Compare(item.TryGetProperty("asked", out var expected) ? JsonNode.Parse(expected.GetRawText())! : new JsonArray(), asked, because);
        }
    }

    private static IEnumerable<JsonNode> Messages(ExecutedCode executed) => executed.Items
        .Where(item => item.MessageType.Length > 0)
        .Select(item => new JsonObject
        {
            ["metadata"] = JsonNode.Parse(item.Metadata.Span),
            ["content"] = JsonNode.Parse(item.Content.Span),
            ["msg_type"] = item.MessageType,
        });

    /// <summary>The reply last, and neighbouring texts of one stream as one.</summary>
    private static JsonArray Normal(IEnumerable<JsonNode> messages)
    {
        var result = new JsonArray();
        foreach (var message in messages.OrderBy(message => (string)message["msg_type"]! == "execute_reply"))
        {
            if (result is [.., { } last] && IsStream(last) && IsStream(message) && (string)last["content"]!["name"]! == (string)message["content"]!["name"]!)
            {
                last["content"]!["text"] = (string)last["content"]!["text"]! + (string)message["content"]!["text"]!;
            }
            else
            {
                result.Add(message);
            }
        }

        return result;
    }

    private static bool IsStream(JsonNode message) => (string)message["msg_type"]! == "stream" && message["content"]!["text"] is JsonValue value && value.GetValueKind() == JsonValueKind.String;

    private static void Compare(JsonNode expected, JsonNode actual, string because) =>
        Assert.True(Fits(expected, actual), $"{because}\nexpected {expected.ToJsonString()}\nactual   {actual.ToJsonString()}");

    private static bool Fits(JsonNode? expected, JsonNode? actual) => expected switch
    {
        JsonObject matcher when matcher.ContainsKey("$any") => true,
        JsonObject matcher when matcher.ContainsKey("$int") => actual is JsonValue number && number.GetValueKind() == JsonValueKind.Number && number.TryGetValue(out long _),
        JsonObject matcher when matcher.TryGetPropertyValue("$regex", out var pattern) =>
            actual is JsonValue text && text.TryGetValue(out string? value) && Regex.IsMatch(value, (string)pattern!, RegexOptions.CultureInvariant),
        JsonObject members => actual is JsonObject others && members.Count == others.Count && members.All(member => others.TryGetPropertyValue(member.Key, out var other) && Fits(member.Value, other)),
        JsonArray items => actual is JsonArray others && items.Count == others.Count && items.Zip(others).All(pair => Fits(pair.First, pair.Second)),
        _ => JsonNode.DeepEquals(expected, actual),
    };
}
