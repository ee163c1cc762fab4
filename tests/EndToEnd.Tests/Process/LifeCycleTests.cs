using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using ProjectSilo.Silo.InitScript;

namespace ProjectSilo.Tests.Process;

public sealed class LifeCycleTests
{
    private const int Sighup = 1;
    private const int Sigint = 2;
    private const int Sigquit = 3;
    private const int Sigterm = 15;

    [Fact]
    public async Task Start_WritesTheFilesOfTheDataFolder()
    {
        await using var daemon = new DaemonProcess();
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        await daemon.StartReadyAsync();
        Assert.Equal(
            $$"""{"project_id":"{{DaemonProcess.ProjectId}}","location":{"host":"127.0.0.1","username":"812abe34a3824bd1907129b6f4334f03"},"base_path":"/","base_url":"/"}""",
            daemon.Read("info.json"));
        Assert.Equal(daemon.Pid, daemon.DaemonPid);
        Assert.InRange(long.Parse(daemon.Read("start-timestamp.txt"), null), before.ToUnixTimeMilliseconds(), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        Assert.Equal('4', daemon.Read("session-id.txt")[14]);
        Assert.Equal("/", new FileInfo(Path.Join(daemon.Data, "root")).LinkTarget);
        Assert.Equal(Path.Join(daemon.Data, "secret-token"), new FileInfo(Path.Join(daemon.Data, "secret_token")).LinkTarget);
        Assert.Equal("", daemon.Output);

        string[] inOrder = ["info.json", "project.pid", "start-timestamp.txt", "session-id.txt", "api-server.port", "browser-server.port", "hub-server.port"];
        var times = inOrder.Select(name => File.GetLastWriteTimeUtc(Path.Join(daemon.Data, name))).ToArray();
        Assert.Equal(times.Order(), times);
        Assert.Empty(Directory.GetFiles(daemon.Data, "*.tmp", new EnumerationOptions { AttributesToSkip = 0 }));
        using var http = new HttpClient();
        foreach (var port in (int[])[daemon.ApiPort, daemon.BrowserPort])
        {
            using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health"));
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }

        using var hub = new TcpClient();
        await hub.ConnectAsync(IPAddress.Loopback, daemon.HubPort);
    }

    [Fact]
    public async Task Start_OfAFreeProject_GivesWay()
    {
        await using var daemon = new DaemonProcess();
        daemon.With("COCALC_PROJECT_CONFIG", Convert.ToBase64String("""{"quota":{"member_host":false}}"""u8));
        await daemon.StartReadyAsync();

        // Field 19 of each thread: the fields after the name begin with the third.
        var values = Directory.GetDirectories($"/proc/{daemon.Pid}/task")
            .Select(thread => File.ReadAllText(Path.Join(thread, "stat"))).Select(stat => stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19 - 3]);
        Assert.Equal(["18"], values.Distinct());
    }

    [Theory]
    [InlineData(Sighup)]
    [InlineData(Sigint)]
    [InlineData(Sigquit)]
    [InlineData(Sigterm)]
    public async Task Signal_EndsTheDaemonByItAndRemovesItsFiles(int signal)
    {
        await using var daemon = new DaemonProcess();
        await daemon.StartReadyAsync();
        daemon.Kill(signal);
        var status = await daemon.ExitedAsync();
        Assert.Equal(signal, status.Signal);
        Assert.All(["hub-server.port", "browser-server.port", "api-server.port", "project.pid"], (string name) => Assert.False(daemon.Has(name)));
    }

    [Fact]
    public async Task Stop_WithCommandsThatObey_TakesNoTime()
    {
        // The fastest of three: what delays a stop on a busy machine is not the daemon's doing, and what it waits for it would wait for each time.
        var fastest = TimeSpan.MaxValue;
        for (var stop = 0; stop < 3; stop++)
        {
            var time = await StopWithCommandsAsync("sleep", ["600"]);
            fastest = time < fastest ? time : fastest;
        }

        Assert.InRange(fastest, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Stop_WithCommandsThatIgnoreIt_KillsThem() =>
        await StopWithCommandsAsync("sh", ["-c", "trap '' TERM; touch $HOME/ignores-$$; while :; do sleep 0.1; done"], "ignores-*");

    /// <summary>Stops a daemon that runs the command twice, once as a job, and looks that nothing is left.</summary>
    /// <param name="ready">The pattern of the files that the command makes in HOME when it is ready for the stop.</param>
    /// <returns>How long the stop took.</returns>
    private static async Task<TimeSpan> StopWithCommandsAsync(string command, string[] arguments, string? ready = null)
    {
        await using var daemon = new DaemonProcess();
        await daemon.StartReadyAsync();
        await using var hub = NodeHub.Start(daemon.Data);
        await hub.ConnectAsync();
        foreach (var isJob in (bool[])[false, true])
        {
            var args = new JsonArray([.. arguments.Select(argument => (JsonNode)argument)]);
            await hub.RequestAsync(NodeHub.Main, "project_exec", new JsonObject { ["command"] = command, ["args"] = args, ["async_call"] = isJob });
        }

        int[] children = [];
        await Bounded.Until(
            () => (children = [.. ProcessUse.Of(daemon.Pid).Children()]).Length == 2 && (ready is null || Directory.GetFiles(daemon.Home, ready).Length == 2),
            "both commands run");
        var watch = Stopwatch.StartNew();
        daemon.Kill(Sigterm);
        Assert.Equal(Sigterm, (await daemon.ExitedAsync()).Signal);
        var time = watch.Elapsed;
        await Bounded.Until(() => !children.Any(ProcessUse.IsAlive), "the commands have ended");
        return time;
    }

    [Fact]
    public async Task Start_OfASecondDaemon_IsRefused()
    {
        await using var daemon = new DaemonProcess();
        await daemon.StartReadyAsync();
        await using var second = new DaemonProcess { Environment = daemon.Environment };
        foreach (var arguments in (string[][])[[], ["--daemon"]])
        {
            Assert.Equal(1, (await second.RunAsync(arguments)).Code);
            Assert.Contains("another daemon already serves the data folder", second.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Start_AfterTheHubRecreatedTheDataFolder_Works()
    {
        await using var old = new DaemonProcess();
        await old.StartReadyAsync();
        Directory.Delete(old.Data, recursive: true);
        Directory.CreateDirectory(old.Data);
        File.WriteAllText(Path.Join(old.Data, "secret-token"), DaemonProcess.Token);
        await using var daemon = new DaemonProcess { Environment = old.Environment, Data = old.Data };
        await daemon.StartReadyAsync();

        old.Kill(Sigterm);
        await old.ExitedAsync();
        Assert.Equal(daemon.Pid, daemon.DaemonPid);
        Assert.True(daemon.Has("hub-server.port"));
    }

    [Fact]
    public async Task Start_WithDaemon_LeavesASessionLeaderWithoutATerminal()
    {
        await using var daemon = new DaemonProcess();
        var launcher = await daemon.RunAsync("--daemon");
        Assert.Equal((0, "", ""), (launcher.Code, daemon.Output, daemon.Errors));
        await daemon.WaitForFileAsync("hub-server.port");
        var pid = daemon.DaemonPid;
        Assert.NotEqual(daemon.Pid, pid);
        var stat = await File.ReadAllTextAsync($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        Assert.Equal(($"{pid}", $"{pid}"), (fields[2], fields[3]));
        Assert.All([0, 1, 2], descriptor => Assert.Equal("/dev/null", new FileInfo($"/proc/{pid}/fd/{descriptor}").LinkTarget));
        Assert.Equal(daemon.Home, new DirectoryInfo($"/proc/{pid}/cwd").LinkTarget);
    }

    [Theory]
    [InlineData("HOME", null, "HOME env var must be set")]
    [InlineData("HOME", "/nowhere/at/all", "HOME is not a folder that can be entered")]
    [InlineData("DATA", null, "DATA env var must be set")]
    [InlineData("COCALC_PROJECT_ID", "x", "project_id=x is not a valid UUID")]
    [InlineData("COCALC_SECRET_TOKEN", "/nowhere", "must be defined and at least 16 characters")]
    [InlineData("COCALC_SECRET_TOKEN", "/dev/null", "must be defined and at least 16 characters")]
    [InlineData("PROJECTSILO_SmcVersion", "0", "must be positive")]
    public async Task Start_WithABadEnvironment_ExitsWithMessage(string name, string? value, string message)
    {
        await using var daemon = new DaemonProcess();
        _ = value is null ? daemon.Without(name) : daemon.With(name, value);
        Assert.Equal(1, (await daemon.RunAsync()).Code);
        Assert.Contains(message, daemon.Errors, StringComparison.Ordinal);
        Assert.False(daemon.Has("project.pid"));
    }

    [Fact]
    public async Task Start_WithDaemonAndABadEnvironment_FailsBeforeDetaching()
    {
        await using var daemon = new DaemonProcess().Without("HOME");
        Assert.Equal(1, (await daemon.RunAsync("--daemon")).Code);
        Assert.Contains("HOME env var must be set", daemon.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OnATakenPort_ExitsWithMessage()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var daemon = new DaemonProcess();
        Assert.Equal(1, (await daemon.RunAsync("--hub-port", $"{((IPEndPoint)taken.LocalEndpoint).Port}")).Code);
        Assert.Contains("address already in use", daemon.Errors, StringComparison.Ordinal);
        Assert.False(daemon.Has("project.pid"));
    }

    [Fact]
    public async Task Start_WithInit_RunsTheScriptInTheCleanedEnvironment()
    {
        await using var daemon = new DaemonProcess().With("API_KEY", "k").With("COCALC_EXTRA_ENV", "eyJYIjoieSJ9");
        await File.WriteAllTextAsync(Path.Join(daemon.Home, "project_init.sh"), "echo \"$PWD $SMC $X ${API_KEY-none} ${DATA-none}\"; ps -o pgid= -p $$; echo bad >&2; exit 3");
        await daemon.StartReadyAsync("--init", "project_init.sh");
        var output = Path.Join(daemon.Home, "project_init.log");
        await daemon.WaitUntilAsync(() => File.ReadAllText(Path.Join(daemon.Data, "log")).Contains("exit code 3", StringComparison.Ordinal), "no exit in the log");
        var lines = await File.ReadAllLinesAsync(output);
        Assert.Equal($"{daemon.Home} {daemon.Data} y none none", lines[0]);
        Assert.Equal($"{daemon.Pid}", lines[1].Trim());
        Assert.Equal("bad\n", await File.ReadAllTextAsync(Path.Join(daemon.Home, "project_init.err")));
        Assert.DoesNotContain("API_KEY=k", await File.ReadAllTextAsync($"/proc/{daemon.Pid}/environ"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OfAComputeServer_OpensNoHubPort()
    {
        await using var daemon = new DaemonProcess().With("COMPUTE_SERVER_ID", "2").Without("COCALC_SECRET_TOKEN");
        File.Delete(Path.Join(daemon.Data, "secret-token"));
        daemon.Start();
        await daemon.WaitUntilAsync(() => daemon.Has("log") && daemon.Read("log").Contains("Ready: hub port 0,", StringComparison.Ordinal), "not ready");
        Assert.False(daemon.Has("hub-server.port") || daemon.Has("browser-server.port") || daemon.Has("api-server.port"));
    }

    [Theory]
    [InlineData("project_init.sh", "/h/project_init.log", "/h/project_init.err")]
    [InlineData("init", "/h/init.log", "/h/init.err")]
    [InlineData(".init", "/h/.log", "/h/.err")]
    [InlineData("a.", "/h/a..log", "/h/a..err")]
    [InlineData("a.b/x", "/h/a.b/x.log", "/h/a.b/x.err")]
    public void InitScript_OutputGoesBesideIt(string script, string output, string errors)
    {
        var files = InitScriptFiles.For("/h", script);
        Assert.Equal((output, errors), (files.Output, files.Errors));
    }
}
