using System.Text.Json.Nodes;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Api;

/// <summary>The methods on kernels and notebooks: what they bind, and what becomes of what goes wrong (spec 10 §1, §2, §10 to §12).</summary>
public sealed class JupyterMethodsTests(JupyterProject project) : IClassFixture<JupyterProject>
{
    private const string Notebook = """{"cells":[{"cell_type":"code","source":"1+1","metadata":{}}],"metadata":{"kernelspec":{"name":"python3"}},"nbformat":4,"nbformat_minor":4}""";

    [Theory]
    [InlineData("system.jupyterExecute", "null", "opts must not be null")]
    [InlineData("system.jupyterExecute", "[]", "opts must not be null")]
    [InlineData("system.jupyterExecute", """{"input":"1"}""", "kernel must be a string")]
    [InlineData("system.jupyterExecute", """{"kernel":"python3"}""", "input must be a string")]
    [InlineData("system.jupyterExecute", """{"kernel":3,"input":"1"}""", "kernel must be a string")]
    [InlineData("system.jupyterExecute", """{"kernel":"python3","input":"1","history":"a"}""", "history must be an array of strings")]
    [InlineData("system.jupyterExecute", """{"kernel":"python3","input":"1","history":[1]}""", "history must be an array of strings")]
    [InlineData("system.jupyterExecute", """{"kernel":"python3","input":"1","path":{}}""", "path must be a string")]
    [InlineData("system.jupyterExecute", """{"kernel":"python3","input":"1","pool":2}""", "pool must be an object")]
    [InlineData("system.jupyterExecute", """{"kernel":"python3","input":"1","pool":{"size":"x"}}""", "size must be a number")]
    [InlineData("system.jupyterExecute", """{"kernel":"python3","input":"1","limits":[]}""", "limits must be an object")]
    [InlineData("system.jupyterExecute", """{"kernel":"python3","input":"1","limits":{"timeout_ms":"soon"}}""", "timeout_ms must be a number")]
    [InlineData("system.stopJupyterKernel", "{}", "pid must be an integer")]
    [InlineData("system.stopJupyterKernel", """{"pid":1.5}""", "pid must be an integer")]
    [InlineData("editor.jupyterKernelLogo", "null", "the name of the kernel must be a string")]
    [InlineData("editor.jupyterStripNotebook", "5", "path must be a string")]
    [InlineData("editor.jupyterStripNotebook", "\"none.ipynb\"", "ENOENT: no such file or directory, open 'none.ipynb'")]
    [InlineData("editor.jupyterNbconvert", "{}", "args must be an array of strings")]
    [InlineData("editor.jupyterNbconvert", """{"args":"--to html"}""", "args must be an array of strings")]
    [InlineData("editor.jupyterNbconvert", """{"args":["--to",1]}""", "args must be an array of strings")]
    [InlineData("editor.jupyterNbconvert", """{"args":["--to","html"]}""", "no source")]
    [InlineData("editor.jupyterNbconvert", """{"args":["a.ipynb"],"timeout":"long"}""", "timeout must be a number")]
    [InlineData("editor.jupyterRunNotebook", """{"ipynb":"{}"}""", "path must be a string")]
    [InlineData("editor.jupyterRunNotebook", """{"path":"d"}""", "ipynb must be a string")]
    [InlineData("editor.jupyterRunNotebook", """{"path":"d","ipynb":"{\"cells\":[]}"}""", "the notebook doesn't say which kernel it is for: metadata.kernelspec.name is missing")]
    [InlineData("editor.jupyterRunNotebook", """{"path":"d","ipynb":"{}"}""", "ipynb is not a notebook: it has no cells")]
    public async Task OddArguments_AreClearErrors(string method, string argument, string error)
    {
        var (_, actual) = await project.Call(method, argument);
        Assert.Equal($"Error: {error}", actual);
    }

    [Fact]
    public async Task NoJson_IsASyntaxError()
    {
        await File.WriteAllTextAsync(Path.Join(project.Home, "bad.ipynb"), "{");
        Assert.Equal("SyntaxError: 'bad.ipynb' is not valid JSON", (await project.Call("editor.jupyterStripNotebook", "\"bad.ipynb\"")).Error);
        Assert.Equal("SyntaxError: ipynb is not valid JSON", (await project.Call("editor.jupyterRunNotebook", """{"path":"d","ipynb":"{"}""")).Error);
    }

    [Fact]
    public async Task Kernels_AreListedWithLogos()
    {
        var (kernels, _) = await project.Call("editor.jupyterKernels", """{"noCache":true}""");
        var python = kernels!.AsArray().Single(kernel => (string?)kernel!["name"] == "python3")!;
        Assert.Equal("python", (string?)python["language"]);
        Assert.Equal("{connection_file}", (string?)python["argv"]!.AsArray()[^1]);
        var (logo, _) = await project.Call("editor.jupyterKernelLogo", "\"python3\"", """{"noCache":true}""");
        Assert.Equal("logo-svg.svg", (string?)logo!["filename"]);
        Assert.Contains("<svg", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)logo["base64"]!)), StringComparison.Ordinal);
        Assert.Equal("Error: no such kernel 'nope'", (await project.Call("editor.jupyterKernelLogo", "\"nope\"")).Error);
    }

    [Fact]
    public async Task Execution_InAFolderBelowHome_AndOneThatIsNotThere()
    {
        Directory.CreateDirectory(Path.Join(project.Home, "it's"));
        var output = await project.Execute("import os; os.getcwd()", """{"path":"it's"}""");
        Assert.Equal($"\"{project.Home}/it's\"", (string?)output[0]!["data"]!["text/plain"]);
        output = await project.Execute("1", """{"path":"nope"}""");
        Assert.Equal(2, output.Count);
        Assert.Contains("No such file or directory", (string?)output[0]!["text"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execution_ThatAsksForInput_IsRefused()
    {
        var output = await project.Execute("input('name? ')");
        Assert.Equal("StdinNotImplementedError", (string?)output[^1]!["ename"]);
    }

    [Fact]
    public async Task Execution_ThatDies_DoesNotStopLaterOnes_AndNothingStaysBehind()
    {
        var dying = Enumerable.Range(0, 4).Select(_ => project.Call("system.jupyterExecute", """{"kernel":"python3","input":"import os,signal; os.kill(os.getpid(), signal.SIGKILL)"}"""));
        Assert.All(await Task.WhenAll(dying), result => Assert.StartsWith("Error: Kernel last", result.Error, StringComparison.Ordinal));
        var pid = (string?)(await project.Execute("import os; os.getpid()"))[0]!["data"]!["text/plain"];
        var where = ((string?)(await project.Execute("import os; os.getcwd()"))[0]!["data"]!["text/plain"])!.Trim('\'');
        await Bounded.Until(() => !Directory.Exists(where), "the temporary folder is gone");
        await Bounded.Until(() => !Directory.Exists($"/proc/{pid}"), "the kernel is gone");
    }

    [Fact]
    public async Task Execution_PastItsTime_IsInterrupted()
    {
        var output = await project.Execute("print('begun', flush=True)\nimport time; time.sleep(1000)", """{"limits":{"timeout_ms_per_cell":500}}""");
        Assert.Equal("begun\n", (string?)output[0]!["text"]);
        Assert.Equal("KeyboardInterrupt", (string?)output[^1]!["ename"]);
    }

    [Fact]
    public async Task Execution_WhoseCallerGoesAway_EndsItsKernel()
    {
        var file = Path.Join(project.Home, "pid");
        using var gone = new CancellationTokenSource();
        var arguments = new WireObject { ["kernel"] = "python3", ["input"] = $"import os,time; open('{file}~','w').write(str(os.getpid())); os.rename('{file}~','{file}'); time.sleep(1000)" };
        var call = project.Host.Api.Invoke("system.jupyterExecute", [arguments.Build()], "test", gone.Token).AsTask();
        await Bounded.Until(() => File.Exists(file), "the execution has begun");
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Within());
        await Bounded.Until(() => !Directory.Exists($"/proc/{File.ReadAllText(file)}"), "the kernel is gone");
    }

    [Fact]
    public async Task RunningKernels_AreListed_AndStopped()
    {
        await project.Execute("1");
        var (list, _) = await project.Call("system.listJupyterKernels");
        Assert.All(list!.AsArray(), kernel => Assert.Equal("python3", (string?)kernel!["kernel_name"]));

        var file = Path.Join(project.Home, "pid-to-stop");
        var call = project.Call(
            "system.jupyterExecute",
            new JsonObject { ["kernel"] = "python3", ["input"] = $"import os,time; open('{file}~','w').write(str(os.getpid())); os.rename('{file}~','{file}'); time.sleep(1000)" }.ToJsonString());
        await Bounded.Until(() => File.Exists(file), "the execution has begun");
        var pid = await File.ReadAllTextAsync(file);
        (list, _) = await project.Call("system.listJupyterKernels");
        Assert.Contains(list!.AsArray(), kernel => kernel!["pid"]!.ToJsonString() == pid && ((string)kernel["connectionFile"]!).EndsWith(".json", StringComparison.Ordinal));
        Assert.Equal("""{"success":true}""", (await project.Call("system.stopJupyterKernel", $$"""{"pid":{{pid}}}""")).Result!.ToJsonString());
        Assert.StartsWith("Error: Kernel last", (await call).Error, StringComparison.Ordinal);
        Assert.Equal("""{"success":false}""", (await project.Call("system.stopJupyterKernel", $$"""{"pid":{{pid}}}""")).Result!.ToJsonString());
        Assert.Equal("""{"success":false}""", (await project.Call("system.stopJupyterKernel", $$"""{"pid":{{Environment.ProcessId}}}""")).Result!.ToJsonString());
    }

    [Fact]
    public async Task Run_CountsOutputOverAllCells_AndKeepsUnknownMembers()
    {
        var notebook = JsonNode.Parse(Notebook)!;
        notebook["custom"] = new JsonObject { ["z"] = 1, ["a"] = new JsonArray() };
        var cell = notebook["cells"]!.AsArray()[0]!;
        cell["source"] = new JsonArray("print('x'*30)");
        notebook["cells"] = new JsonArray(cell.DeepClone(), cell.DeepClone(), cell.DeepClone());
        var options = new JsonObject { ["path"] = "runs", ["ipynb"] = notebook.ToJsonString(), ["nbgrader"] = true, ["limits"] = new JsonObject { ["max_output"] = 150 } };
        var (result, error) = await project.Call("editor.jupyterRunNotebook", options.ToJsonString());
        Assert.Null(error);
        var run = JsonNode.Parse((string)result!)!;
        JsonAssert.Equal(notebook["custom"], run["custom"]);
        var outputs = run["cells"]!.AsArray().Select(done => done!["outputs"]!.AsArray()[0]!).ToList();
        Assert.Null(outputs[1]["output_type"]);
        Assert.Equal("Output truncated since it exceeded the global output limit of 150 characters", (string?)outputs[2]["text"]![0]);
    }

    [Fact]
    public async Task Run_OfACellThatNothingStops_GoesOnWithAFreshKernel()
    {
        var notebook = JsonNode.Parse(Notebook)!;
        var cell = notebook["cells"]!.AsArray()[0]!;
        var stubborn = cell.DeepClone();
        stubborn["source"] = "import signal,time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: time.sleep(1)";
        notebook["cells"] = new JsonArray(stubborn, cell.DeepClone());
        var options = new JsonObject { ["path"] = "runs", ["ipynb"] = notebook.ToJsonString(), ["limits"] = new JsonObject { ["max_time_per_cell_ms"] = 300 } };
        var (result, error) = await project.Call("editor.jupyterRunNotebook", options.ToJsonString());
        Assert.Null(error);
        Assert.Equal("2", (string?)JsonNode.Parse((string)result!)!["cells"]![1]!["outputs"]![0]!["data"]!["text/plain"]);
    }
}
