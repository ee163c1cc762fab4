using System.Globalization;
using System.Text.Json.Nodes;

namespace ProjectSilo.Tests.Hub;

/// <summary>The daemon from a hub's start to its stop, as the hub's single-user mode does it (spec 01 §2.1, §7; spec 02).</summary>
public sealed class HubLifeTests
{
    private static readonly TimeSpan HubKillsAfter = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Life_OfAProject_FromStartToStop()
    {
        await using var daemon = StartedByAHub();
        await File.WriteAllTextAsync(Path.Join(daemon.Home, "project_init.sh"), "echo started");
        var pid = await StartLikeTheHubAsync(daemon);
        await using var hub = NodeHub.Start(daemon.Data);
        await hub.ConnectAsync();

        await hub.SendAsync(NodeHub.Main, new JsonObject { ["event"] = "hello" });
        var version = await hub.MessageAsync(NodeHub.Main, message => (string?)message["event"] == "version", "version");
        Assert.True((long?)version["version"] >= 1783081032);
        Assert.Null(version["id"]);
        Assert.Equal("pong", (string?)(await hub.CallAsync(NodeHub.Main, "ping"))["event"]);

        var result = await hub.CallAsync(NodeHub.Main, "project_exec", new JsonObject
        {
            ["command"] = "echo",
            ["args"] = new JsonArray("xyz", "abc"),
            ["path"] = "",
            ["timeout"] = 10,
            ["bash"] = false,
            ["err_on_exit"] = true,
        });
        Assert.Equal(("xyz abc\n", "", 0, "blocking"), ((string?)result["stdout"], (string?)result["stderr"], (int?)result["exit_code"], (string?)result["type"]));
        result = await hub.ExecAsync("echo foo; echo bar >&2; exit 3");
        Assert.Equal(
            "Error executing command 'echo foo; echo bar >&2; exit 3' with args 'undefined' -- command 'echo foo; echo bar >&2; exit 3' exited with nonzero code 3 -- stderr='bar\n'",
            (string?)result["error"]);
        result = await hub.ExecAsync("printf '%s ' \"$PWD\" \"$A\" \"$B\" \"$SMC\" \"${DATA-none}\" \"${CONAT_SERVER-none}\"; exit 4", new JsonObject
        {
            ["path"] = "./",
            ["env"] = new JsonObject { ["B"] = "b" },
            ["err_on_exit"] = false,
        });
        Assert.Equal(($"{daemon.Home} a b {daemon.Data} none none ", 4), ((string?)result["stdout"], (int?)result["exit_code"]));

        await FollowAJobAsync(hub, daemon);
        await StopLikeTheHubAsync(daemon, pid);
        await hub.ClosedAsync(NodeHub.Main);
    }

    [Fact]
    public async Task Stop_LikeTheHub_EndsAllChildren()
    {
        await using var daemon = StartedByAHub();
        var pid = await StartLikeTheHubAsync(daemon);
        await using var hub = NodeHub.Start(daemon.Data);
        await hub.ConnectAsync();

        // Obedient, stubborn, with descendants of both kinds, and one whose own process has ended while a child holds its output.
        string[] commands =
        [
            "echo $$ > A$N; sleep 1001 & echo $! >> A$N; sleep 1001",
            "echo $$ > B$N; (trap '' TERM; echo $BASHPID >> B$N; while :; do sleep 1002; done) & sleep 1002",
            "echo $$ > C$N; trap '' TERM; while :; do sleep 1003; done",
            "sleep 1004 & echo $! > D$N",
        ];
        foreach (var command in commands)
        {
            _ = hub.ExecAsync(command, Endless("1"));
            var job = Endless("2");
            job["async_call"] = true;
            await hub.ExecAsync(command, job);
        }

        (string File, int Pids)[] files = [("A1", 2), ("B1", 2), ("C1", 1), ("D1", 1), ("A2", 2), ("B2", 2), ("C2", 1), ("D2", 1)];
        await Bounded.Until(() => files.All(file => Pids(daemon, file.File).Length == file.Pids), "all commands run");
        var written = files.SelectMany(file => Pids(daemon, file.File)).ToHashSet();
        Assert.All(written, child => Assert.True(ProcessUse.IsAlive(child)));
        var pids = written.Concat(Descendants(pid)).ToHashSet();

        await StopLikeTheHubAsync(daemon, pid);
        var survivors = pids.Where(ProcessUse.IsAlive).ToArray();
        await SignalAsync("-KILL", survivors);
        Assert.Empty(survivors);
        Assert.Empty(Directory.GetDirectories(daemon.Temporary, "cocalc-*"));
    }

    private static JsonObject Endless(string n) => new() { ["timeout"] = 0, ["bash"] = true, ["env"] = new JsonObject { ["N"] = n } };

    private static DaemonProcess StartedByAHub()
    {
        var daemon = new DaemonProcess();
        return daemon
            .With("COCALC_USERNAME", "812abe34a3824bd1907129b6f4334f03")
            .With("USER", "812abe34a3824bd1907129b6f4334f03")
            .With("COCALC_EXTRA_ENV", "eyJBIjoiYSJ9")
            .With("PATH", $"{daemon.Home}/bin:{daemon.Home}/.local/bin:{daemon.Environment["PATH"]}")
            .With("COCALC_SECRET_TOKEN", Path.Join(daemon.Data, "secret-token"));
    }

    /// <summary>Runs the command, then polls until the daemon is alive and its port is a number that isn't zero.</summary>
    private static async Task<int> StartLikeTheHubAsync(DaemonProcess daemon)
    {
        var launcher = await daemon.RunAsync("--daemon", "--init", "project_init.sh");
        Assert.Equal(0, launcher.Code);
        await daemon.WaitUntilAsync(
            () => daemon.Has("project.pid") && ProcessUse.IsAlive(daemon.DaemonPid) && daemon.Has("hub-server.port") && daemon.HubPort != 0,
            "not started");
        return daemon.DaemonPid;
    }

    /// <summary>SIGTERM to the process group; the hub would kill after 5 s.</summary>
    private static async Task StopLikeTheHubAsync(DaemonProcess daemon, int pid)
    {
        await SignalAsync("-TERM", -pid);
        using var deadline = new CancellationTokenSource(HubKillsAfter);
        while (ProcessUse.IsAlive(pid))
        {
            Assert.False(deadline.IsCancellationRequested, "the hub would have to kill the daemon");
            await Task.Delay(10, CancellationToken.None);
        }

        Assert.All(["hub-server.port", "browser-server.port", "api-server.port", "project.pid"], (string name) => Assert.False(daemon.Has(name)));
    }

    private static async Task SignalAsync(string signal, params int[] pids)
    {
        if (pids.Length > 0)
        {
            using var kill = System.Diagnostics.Process.Start("kill", [signal, "--", .. pids.Select(pid => $"{pid}")]);
            await kill.WaitForExitAsync().Within();
        }
    }

    private static async Task FollowAJobAsync(NodeHub hub, DaemonProcess daemon)
    {
        var go = Path.Join(daemon.Home, "go");
        var started = await hub.ExecAsync($"echo foo; while [ ! -e {go} ]; do sleep 0.05; done; echo bar", new JsonObject { ["async_call"] = true, ["bash"] = true });
        var job = (string)started["job_id"]!;
        Assert.Equal(("async", "running", ""), ((string?)started["type"], (string?)started["status"], (string?)started["stdout"]));
        Assert.True(ProcessUse.IsAlive((int)started["pid"]!));

        JsonNode record;
        do
        {
            record = await hub.CallAsync(NodeHub.Main, "project_exec", new JsonObject { ["async_get"] = job });
        }
        while ((string?)record["stdout"] != "foo\n");

        Assert.Equal("running", (string?)record["status"]);
        Assert.Null(record["elapsed_s"]);
        var end = hub.CallAsync(NodeHub.Main, "project_exec", new JsonObject { ["async_get"] = job, ["async_await"] = true });
        await hub.CallAsync(NodeHub.Main, "ping");
        Assert.False(end.IsCompleted);
        await File.WriteAllTextAsync(go, "");
        record = await end;
        Assert.Equal(("completed", "foo\nbar\n", 0), ((string?)record["status"], (string?)record["stdout"], (int?)record["exit_code"]));
        Assert.True((double?)record["elapsed_s"] > 0);
    }

    private static int[] Pids(DaemonProcess daemon, string file)
    {
        var path = Path.Join(daemon.Home, file);
        return File.Exists(path)
            ? [.. File.ReadAllLines(path).Where(line => line.Length > 0).Select(line => int.Parse(line, CultureInfo.InvariantCulture))]
            : [];
    }

    private static IEnumerable<int> Descendants(int pid) => ProcessUse.Of(pid).Children().SelectMany(child => Descendants(child).Prepend(child));
}
