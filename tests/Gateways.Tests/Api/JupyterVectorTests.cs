using System.Text.Json.Nodes;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Api;

/// <summary>The captured executions and runs (spec 10 §11, §12), with Debian's ipykernel.</summary>
public sealed class JupyterVectorTests(JupyterProject project) : IClassFixture<JupyterProject>
{
    /// <summary>What the captures' machine had.</summary>
    private const string CapturedKernels = "[\"python3\"]";

    public static TheoryData<string> Executions => Cases("execute");

    public static TheoryData<string> Runs => Cases("run_notebook");

    [Theory, MemberData(nameof(Executions))]
    public async Task Execute_GivesWhatIsExpected(string json)
    {
        var entry = JsonNode.Parse(json)!;
        var options = entry["opts"]!.AsObject();
        options["pool"] ??= new JsonObject();
        var (result, error) = await project.Call("system.jupyterExecute", options.ToJsonString());
        var expected = entry["expect"]!;
        if (expected["output"] is JsonArray output)
        {
            Assert.Null(error);
            VectorMatch.Fits(VectorMatch.JoinStreams(output), VectorMatch.JoinStreams(result!.AsArray()), json);
        }
        else if ((string?)expected["error_prefix"] is { } prefix)
        {
            Assert.StartsWith(prefix, error, StringComparison.Ordinal);
        }
        else
        {
            VectorMatch.Fits(await WithKernelsOfThisMachine(expected["error"]!), error, json);
        }
    }

    [Theory, MemberData(nameof(Runs))]
    public async Task RunNotebook_GivesWhatIsExpected(string json)
    {
        var entry = JsonNode.Parse(json)!;
        var options = entry["opts"]!.AsObject();
        if (entry["limits"] is { } limits)
        {
            options["limits"] = limits.DeepClone();
        }

        var (result, error) = await project.Call("editor.jupyterRunNotebook", options.ToJsonString());
        if (entry["expect"]!["outputs_per_cell"] is not JsonArray expected)
        {
            VectorMatch.Fits(entry["expect"]!["error"], error, json);
            return;
        }

        Assert.Null(error);
        var notebook = JsonNode.Parse((string)result!)!;
        var cells = notebook["cells"]!.AsArray();
        Assert.Equal(expected.Count, cells.Count);
        foreach (var (cell, outputs) in cells.Zip(expected))
        {
            var actual = cell!["outputs"] as JsonArray;
            VectorMatch.Fits(
                outputs is JsonArray array ? await WithKernelsOfThisMachine(VectorMatch.JoinStreams(array)) : null, actual is null ? null : VectorMatch.JoinStreams(actual), json);
        }

        AssertTheRestIsAsItWas(JsonNode.Parse((string)options["ipynb"]!)!, notebook);
        Assert.Empty(Directory.GetFiles(Path.Join(project.Home, (string?)options["path"]), "*.ipynb"));
    }

    private static void AssertTheRestIsAsItWas(JsonNode before, JsonNode after)
    {
        foreach (var cell in before["cells"]!.AsArray().Concat(after["cells"]!.AsArray()))
        {
            cell!.AsObject().Remove("outputs");
        }

        JsonAssert.Equal(before, after);
    }

    private async Task<JsonNode> WithKernelsOfThisMachine(JsonNode expected)
    {
        var names = JsonValue.Create(await project.KernelNames())!.ToJsonString()[1..^1];
        return JsonNode.Parse(expected.ToJsonString().Replace(JsonValue.Create(CapturedKernels)!.ToJsonString()[1..^1], names, StringComparison.Ordinal))!;
    }

    private static TheoryData<string> Cases(string group) => [.. Vectors.Load("jupyter-execute").GetProperty(group).EnumerateArray().Select(entry => entry.GetRawText())];
}
