using System.Globalization;
using System.Text.Json.Nodes;

namespace ProjectSilo.Tests.Hub;

/// <summary>Kernels as a hub has them: <c>jupyter_kernels</c>, <c>jupyter_execute</c> (spec 02 §8).</summary>
public sealed class HubJupyterTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    [Fact]
    public async Task Kernels_AreListed()
    {
        var answer = await fixture.Hub.CallAsync(NodeHub.Main, "jupyter_kernels");
        Assert.Equal("jupyter_kernels", (string?)answer["event"]);
        Assert.Contains(answer["kernels"]!.AsArray(), kernel => (string?)kernel!["name"] == "python3" && (string?)kernel["language"] == "python");
    }

    [Theory]
    [InlineData("print('hi')\n2+3", """[{"name":"stdout","text":"hi\n"},{"data":{"text/plain":"5"}}]""")]
    [InlineData("x = 1", "[]")]
    public async Task Code_IsExecuted(string input, string output)
    {
        var answer = await ExecuteAsync(input);
        Assert.Equal("jupyter_execute_response", (string?)answer["event"]);
        JsonAssert.Equal(JsonNode.Parse(output), answer["output"]);
    }

    [Fact]
    public async Task Errors_ImagesAndRefusedInput_AreOutput()
    {
        Assert.Equal("ZeroDivisionError", (string?)(await ExecuteAsync("1/0"))["output"]![0]!["ename"]);
        Assert.Equal("StdinNotImplementedError", (string?)(await ExecuteAsync("input()"))["output"]!.AsArray()[^1]!["ename"]);
        var image = await ExecuteAsync("from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')");
        Assert.Equal("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", (string?)image["output"]![0]!["data"]!["image/svg+xml"]);
    }

    [Fact]
    public async Task WhatFails_IsAnError()
    {
        var unknown = await ExecuteAsync("1", "none");
        Assert.Equal("error", (string?)unknown["event"]);
        Assert.Contains("No spec available for kernel \"none\"", (string?)unknown["error"], StringComparison.Ordinal);
        Assert.StartsWith("Error: Kernel last exited with code 3.", (string?)(await ExecuteAsync("import os; os._exit(3)"))["error"], StringComparison.Ordinal);
        Assert.Equal("Error: input must be a string", (string?)(await fixture.Hub.CallAsync(NodeHub.Main, "jupyter_execute", new JsonObject { ["kernel"] = "python3" }))["error"]);
        await fixture.OtherIsAnsweredAsync();
    }

    [Fact]
    public async Task Execution_OfAHubThatGoesAway_IsEnded_WhileOthersAreServed()
    {
        var file = Path.Join(fixture.Daemon.Home, "pid");
        await using (var hub = NodeHub.Start(fixture.Daemon.Data))
        {
            await hub.ConnectAsync();
            await hub.RequestAsync(NodeHub.Main, "jupyter_execute", new JsonObject
            {
                ["kernel"] = "python3",
                ["input"] = "import os,time\nopen('pid~','w').write(str(os.getpid())); os.rename('pid~','pid')\nwhile True: pass",
                ["path"] = ".",
            });
            await Bounded.Until(() => File.Exists(file), "the execution has begun");
            await fixture.OtherIsAnsweredAsync();
        }

        var pid = int.Parse(await File.ReadAllTextAsync(file), CultureInfo.InvariantCulture);
        await Bounded.Until(() => !Directory.Exists($"/proc/{pid}"), "the kernel is gone");
    }

    private Task<JsonNode> ExecuteAsync(string input, string kernel = "python3") =>
        fixture.Hub.CallAsync(NodeHub.Main, "jupyter_execute", new JsonObject { ["kernel"] = kernel, ["input"] = input });
}
