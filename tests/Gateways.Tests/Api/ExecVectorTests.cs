using System.Text.Json;
using System.Text.Json.Nodes;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Api;

/// <summary>Every case of <c>exec.json</c> that runs commands, through the method table with real processes.</summary>
public sealed class ExecVectorTests(ProjectHost host) : IClassFixture<ProjectHost>
{
    private static readonly JsonElement File = Vectors.Load("exec");

    public static TheoryData<string> Blocking => [.. Names("blocking")];

    public static TheoryData<string> Async => [.. Names("async")];

    [Theory]
    [MemberData(nameof(Blocking))]
    public async Task Blocking_AsCaptured(string name)
    {
        var item = Case("blocking", name);
        var (result, error) = await Exec(item["opts"]!);
        if ((item["improve_error"] ?? item["error_pattern"] ?? item["error"]) is { } expectedError)
        {
            Assert.Null(result);
            Assert.True(JsonAssert.Fits((string)expectedError!, error!), $"expected {expectedError}\nactual   {error}");
        }
        else
        {
            Assert.Null(error);
            JsonAssert.Equal(item["improve_result"] ?? item["result"], result);
        }
    }

    [Theory]
    [MemberData(nameof(Async))]
    public async Task Async_AsCaptured(string name)
    {
        var item = Case("async", name);
        var (started, _) = await Exec(item["opts"]!);
        var (jobId, pid) = ((string)started!["job_id"]!, (int?)started["pid"]);
        Compare(item, "started", started);
        if (item["partial"] is not null)
        {
            await UntilPartial(item, jobId);
        }

        if (item["action"] is not null)
        {
            await UntilStdout(jobId, "foo\n");
            Assert.Equal("kill -9 -<pid> after 150 ms", (string?)item["action"]);
            await host.Api.Invoke("system.signal", [Wire(new JsonObject { ["pid"] = -pid, ["signal"] = 9 })], "test", default);
        }

        var (final, error) = await Exec(new JsonObject { ["async_get"] = jobId, ["async_await"] = true, ["async_stats"] = true });
        Assert.Null(error);
        if (item["final_stdout_length"] is { } length)
        {
            var stdout = (string)final!["stdout"]!;
            Assert.Equal((int)length, stdout.Length);
            Assert.EndsWith((string)item["final_stdout_tail"]!, stdout, StringComparison.Ordinal);
            final["stdout"] = item["final"]!["stdout"]!.DeepClone();
        }

        Assert.InRange((double)final!["elapsed_s"]!, 0, 30);
        if (item["final"]!["stats"] is not null)
        {
            Assert.NotEmpty(final["stats"]!.AsArray());
            Assert.All(final["stats"]!.AsArray(), sample => Assert.All(sample!.AsObject(), member => Assert.True((double)member.Value! >= 0)));
        }

        Compare(item, "final", final);
    }

    [Fact]
    public async Task Aggregate_AsCaptured()
    {
        var command = (string)File.GetProperty("aggregate").GetProperty("command").GetString()!;
        using var folder = new TemporaryFolder();
        command = command.Replace("FILE", folder.File("runs"), StringComparison.Ordinal);
        foreach (var step in File.GetProperty("aggregate").GetProperty("scenario").EnumerateArray())
        {
            var expected = step.GetProperty("stdout").EnumerateArray().Select(line => line.GetString()).ToArray();
            string?[] actual;
            if (step.TryGetProperty("calls_at_once", out var atOnce))
            {
                actual = await Task.WhenAll(atOnce.EnumerateArray().Select(value => Run(value)));
            }
            else
            {
                var inOrder = step.TryGetProperty("then_calls_in_order", out var calls) ? calls : step.GetProperty("then");
                actual = new string?[expected.Length];
                var next = 0;
                foreach (var value in inOrder.EnumerateArray())
                {
                    actual[next++] = await Run(value);
                }
            }

            Assert.Equal(expected, actual);
        }

        async Task<string?> Run(JsonElement value)
        {
            var (result, error) = await Exec(new JsonObject { ["command"] = command, ["bash"] = true, ["aggregate"] = JsonNode.Parse(value.GetRawText()) });
            Assert.Null(error);
            return ((string)result!["stdout"]!).Trim();
        }
    }

    private static IEnumerable<string> Names(string part) => File.GetProperty(part).EnumerateArray().Select(item => item.GetProperty("name").GetString()!);

    /// <summary>The case, with the vectors' HOME replaced by ours.</summary>
    private JsonObject Case(string part, string name)
    {
        var text = File.GetProperty(part).EnumerateArray().Single(item => item.GetProperty("name").GetString() == name).GetRawText();
        return JsonNode.Parse(text.Replace(File.GetProperty("home").GetString()!, host.Home, StringComparison.Ordinal))!.AsObject();
    }

    private async Task<(JsonObject? Result, string? Error)> Exec(JsonNode options)
    {
        try
        {
            var result = await host.Api.Invoke("system.exec", [Wire(options)], "test", default).AsTask().Within();
            return (JsonNode.Parse(WireJson.ToText(result))!.AsObject(), null);
        }
        catch (Exception exception) when (WireErrors.IsExpected(exception))
        {
            return (null, WireErrors.Text(exception));
        }
    }

    private static WireValue Wire(JsonNode json)
    {
        Assert.True(WireJson.TryParse(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()), out var value));
        return value;
    }

    private static void Compare(JsonObject item, string part, JsonObject actual)
    {
        var expected = item[part]!.DeepClone().AsObject();
        foreach (var name in item["volatile"]!.AsArray().Select(name => (string)name!))
        {
            // How many samples fit in is up to the machine; everything else volatile must be there or not there as captured.
            if (name != "stats")
            {
                Assert.Equal(expected.ContainsKey(name), actual.ContainsKey(name));
            }

            expected.Remove(name);
            actual.Remove(name);
        }

        if (JsonAssert.Fits((string?)expected["stderr"] ?? "", (string?)actual["stderr"] ?? ""))
        {
            actual["stderr"] = expected["stderr"]?.DeepClone();
        }

        JsonAssert.Equal(expected, actual);
    }

    private async Task UntilPartial(JsonObject item, string jobId)
    {
        await UntilStdout(jobId, (string)item["partial"]!["stdout"]!);
        var (partial, _) = await Exec(new JsonObject { ["async_get"] = jobId });
        Compare(item, "partial", partial!);
    }

    private async Task UntilStdout(string jobId, string stdout)
    {
        JsonObject? now = null;
        for (var i = 0; i < 1000 && (string?)now?["stdout"] != stdout; i++)
        {
            await Task.Delay(5);
            (now, _) = await Exec(new JsonObject { ["async_get"] = jobId });
        }

        Assert.Equal(stdout, (string?)now?["stdout"]);
    }
}
