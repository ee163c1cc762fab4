using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace ProjectSilo.Tests.Hub;

/// <summary>Commands that misbehave (spec 09 §1.3 to §1.6), over the wire: each gets its specified answer, and nobody else waits.</summary>
public sealed class HubCommandTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    /// <summary>The timeout of what shall run into it: so long that on a busy machine, too, it gets to what it does, and others are answered meanwhile.</summary>
    private const int Seconds = 5;

    private NodeHub Hub => fixture.Hub;

    [Fact]
    public async Task Exec_OfWhatPrintsForever_IsKilledAtItsTimeout()
    {
        var before = fixture.Use();
        var slow = Hub.ExecAsync("yes", new JsonObject { ["timeout"] = Seconds, ["max_output"] = 1000 });
        await fixture.OtherIsAnsweredBeforeAsync(slow);
        AssertError("killed command 'yes '", await slow);
        await before.NothingLeakedAsync();
    }

    [Fact]
    public async Task Exec_OfMuchOutput_IsTruncated()
    {
        var answer = await Hub.ExecAsync("yes | head -c 10000000", new JsonObject { ["max_output"] = 5 });
        Assert.Equal("y\ny\ny (truncated at 5 characters)", (string?)answer["stdout"]);
    }

    [Fact]
    public async Task Exec_OfAFloodWithinTheLimit_LosesNothing()
    {
        var answer = await Hub.ExecAsync("seq 1 1000000 | tee flood.txt | md5sum > flood.md5; cat flood.txt; cat flood.md5 >&2; rm flood.*");
        var text = System.Text.Encoding.ASCII.GetBytes((string)answer["stdout"]!);
        Assert.Equal(6_888_896, text.Length);
#pragma warning disable CA5351 // The sum that md5sum gives.
        Assert.Equal($"{Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(text))}  -\n", (string?)answer["stderr"]);
#pragma warning restore CA5351
    }

    [Fact]
    public async Task Exec_OnABusyMachine_WeighsLessThanTheDaemonAndRunsInTheUsualSlices()
    {
        // Both are the kernel's to have: sched(7), autogroups, and slices since Linux 6.12.
        var answer = await Hub.ExecAsync(
            "for i in $(seq 100); do grep -qs 'nice 0' /proc/self/autogroup || break; sleep 0.1; done; cat /proc/self/autogroup; grep se.slice /proc/self/sched",
            new JsonObject { ["err_on_exit"] = false });
        var lines = ((string)answer["stdout"]!).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines.Where(line => line.Contains("autogroup", StringComparison.Ordinal)), line => Assert.EndsWith(" nice 19", line, StringComparison.Ordinal));
        Assert.All(lines.Where(line => line.Contains("slice", StringComparison.Ordinal)), line => Assert.Equal(Slice(Environment.ProcessId), line));
        Assert.All(lines.Where(line => line.Contains("slice", StringComparison.Ordinal)), line => Assert.NotEqual(Slice(fixture.Daemon.Pid), line));

        static string Slice(int pid) => File.ReadLines($"/proc/{pid}/sched").First(line => line.StartsWith("se.slice", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Exec_ThatLeavesABackgroundChild_AnswersAtItsTimeoutAndSparesIt()
    {
        var before = fixture.Use();
        var slow = Hub.ExecAsync("sleep 300 & echo $!", new JsonObject { ["timeout"] = Seconds });
        await fixture.OtherIsAnsweredBeforeAsync(slow);
        var answer = await slow;
        Assert.Equal("project_exec_output", (string?)answer["event"]);
        var background = Number((string)answer["stdout"]!);
        Assert.True(ProcessUse.IsAlive(background));
        await before.NothingLeakedAsync();
        Assert.Equal(0, (int?)(await Hub.ExecAsync($"kill {background}"))["exit_code"]);
    }

    [Fact]
    public async Task Exec_ThatIgnoresSigterm_IsKilledAtItsTimeout()
    {
        var file = Path.Join(fixture.Daemon.Home, "ignores");
        var slow = Hub.ExecAsync($"trap '' TERM; echo $$ > {file}; while :; do sleep 0.1; done", new JsonObject { ["timeout"] = Seconds });
        await fixture.OtherIsAnsweredBeforeAsync(slow);
        AssertError($"killed command 'bash {fixture.Daemon.Temporary}/cocalc-", await slow);
        var pid = Number(await File.ReadAllTextAsync(file));
        await Bounded.Until(() => !ProcessUse.IsAlive(pid), "the command is gone");
    }

    [Fact]
    public async Task Exec_ThatClosesItsOutput_IsWaitedFor()
    {
        var go = Path.Join(fixture.Daemon.Home, "go-closed");
        var slow = Hub.ExecAsync($"exec >&- 2>&-; while [ ! -e {go} ]; do sleep 0.05; done; exit 3", new JsonObject { ["err_on_exit"] = false });
        await fixture.OtherIsAnsweredBeforeAsync(slow);
        await File.WriteAllTextAsync(go, "");
        Assert.Equal(3, (int?)(await slow)["exit_code"]);
    }

    [Fact]
    public async Task Exec_ThatNeedsInput_RunsIntoItsTimeout()
    {
        var slow = Hub.ExecAsync("cat", new JsonObject { ["timeout"] = Seconds });
        await fixture.OtherIsAnsweredBeforeAsync(slow);
        AssertError("killed command 'cat '", await slow);
    }

    [Fact]
    public async Task Exec_Of200CommandsAtOnce_AnswersEach()
    {
        var before = fixture.Use();
        var go = Path.Join(fixture.Daemon.Home, "go-200");
        var all = Task.WhenAll(Enumerable.Range(0, 200).Select(i => Hub.ExecAsync($"while [ ! -e {go} ]; do sleep 0.2; done; echo {i}")));
        await fixture.OtherIsAnsweredBeforeAsync(all);
        await File.WriteAllTextAsync(go, "");
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}\n"), (await all).Select(answer => (string?)answer["stdout"]));
        await before.NothingLeakedAsync();
    }

    [Fact]
    public async Task Exec_WhoseProcessIsKilledFromOutside_EndsWithCode0()
    {
        var file = Path.Join(fixture.Daemon.Home, "victim");
        var slow = Hub.ExecAsync($"echo before; echo $$ > {file}; sleep 60");
        await Bounded.Until(() => File.Exists(file) && File.ReadAllText(file).EndsWith('\n'), "the command runs");
        await Hub.CallAsync(HubFixture.Other, "project_exec", new JsonObject { ["command"] = $"kill -9 -{Number(await File.ReadAllTextAsync(file))}" });
        var answer = await slow;
        Assert.Equal(("before\n", 0), ((string?)answer["stdout"], (int?)answer["exit_code"]));
    }

    [Fact]
    public async Task Exec_OfNonAsciiArguments_PassesThemOn()
    {
        const string Text = "héllo 𝄞 日本 \n\t'\"\\";
        var answer = await Hub.ExecAsync("printf", new JsonObject { ["args"] = new JsonArray("%s", Text) });
        Assert.Equal(Text, (string?)answer["stdout"]);
    }

    [Fact]
    public async Task Exec_OfHugeArguments_IsRefusedByTheKernel()
    {
        var before = fixture.Use();
        AssertError("\"code\":\"E2BIG\"", await Hub.ExecAsync("echo", new JsonObject { ["args"] = new JsonArray(new string('x', 3_000_000)) }));
        Assert.Equal("3000001\n", (string?)(await Hub.ExecAsync($"echo {new string('x', 3_000_000)} | wc -c"))["stdout"]);
        await before.NothingLeakedAsync();
    }

    [Fact]
    public async Task Exec_OfNul_IsAnError() =>
        AssertError("must not contain null bytes", await Hub.ExecAsync("echo", new JsonObject { ["args"] = new JsonArray("a\0b") }));

    [Fact]
    public async Task Exec_OfWrongTypes_IsAnError()
    {
        AssertError("command must be", await Hub.CallAsync(NodeHub.Main, "project_exec"));
        AssertError("command must be", await Hub.CallAsync(NodeHub.Main, "project_exec", new JsonObject { ["command"] = 5 }));
        AssertError("args must be", await Hub.ExecAsync("echo", new JsonObject { ["args"] = new JsonObject() }));
        AssertError("env must be", await Hub.ExecAsync("echo", new JsonObject { ["env"] = "x" }));
        AssertError("timeout must be", await Hub.ExecAsync("echo", new JsonObject { ["timeout"] = "x" }));
        await fixture.OtherIsAnsweredAsync();
    }

    [Fact]
    public async Task Exec_InAReadOnlyHome_Works()
    {
        using var data = new TemporaryFolder();
        await using var daemon = new DaemonProcess();
        File.Copy(Path.Join(daemon.Data, "secret-token"), data.File("secret-token"));
        daemon.Data = data.Path;
        daemon.With("DATA", data.Path).With("LOGS", data.Path);
        // To root, mode bits mean nothing: a mount of its own, which goes with the process.
        daemon.Through = ["unshare", "--mount", "sh", "-c", "mount --bind \"$HOME\" \"$HOME\" && mount -o remount,ro,bind \"$HOME\" && exec \"$@\"", "sh"];
        await daemon.StartReadyAsync();
        await using var hub = NodeHub.Start(data.Path);
        await hub.ConnectAsync();
        AssertError("Read-only file system", await hub.ExecAsync("touch x"));
        Assert.Equal("3\n", (string?)(await hub.ExecAsync("echo $((1 + 2))"))["stdout"]);
        var job = await hub.ExecAsync("echo job; touch x", new JsonObject { ["async_call"] = true });
        var record = await hub.CallAsync(NodeHub.Main, "project_exec", new JsonObject { ["async_get"] = (string?)job["job_id"], ["async_await"] = true });
        Assert.Equal("error", (string?)record["status"]);
    }

    [Fact]
    public async Task Exec_WithTooManyOpenFiles_FailsAloneAndRecovers()
    {
        await using var daemon = new DaemonProcess { Through = ["sh", "-c", "ulimit -n 300; exec \"$@\"", "sh"] };
        await daemon.StartReadyAsync();
        await using var hub = NodeHub.Start(daemon.Data);
        await hub.ConnectAsync();
        await hub.ExecAsync("echo warm");
        var before = ProcessUse.Of(daemon.Pid);
        var go = Path.Join(daemon.Home, "go");
        // By arguments, not by shell text: a script file would be the first to fail.
        var all = Enumerable.Range(0, 100)
            .Select(_ => hub.ExecAsync("sh", new JsonObject { ["args"] = new JsonArray("-c", $"while [ ! -e {go} ]; do sleep 0.1; done") }))
            .ToArray();
        var refused = await Task.WhenAny(all);
        AssertError("\"code\":\"EMFILE\"", await refused);
        // What commands may not take is left for others.
        await hub.StepAsync("crowd", new JsonObject { ["do"] = "crowd", ["count"] = 20 });
        await hub.NextAsync("crowd", happened => NodeHub.Got(happened) == "crowd", "connections");
        await hub.ConnectAsync("during");
        Assert.Equal("pong", (string?)(await hub.CallAsync("during", "ping"))["event"]);
        Assert.Equal("pong", (string?)(await hub.CallAsync(NodeHub.Main, "ping"))["event"]);
        await File.WriteAllTextAsync(go, "");
        var answers = await Task.WhenAll(all);
        Assert.Contains(answers, answer => (string?)answer["event"] == "project_exec_output");
        Assert.All(answers.Where(answer => (string?)answer["event"] != "project_exec_output"), answer => AssertError("\"code\":\"EMFILE\"", answer));
        Assert.Equal("hi\n", (string?)(await hub.ExecAsync("echo hi"))["stdout"]);
        AssertNoBug(daemon);
        await hub.StepAsync("crowd", new JsonObject { ["do"] = "close" });
        await hub.StepAsync("during", new JsonObject { ["do"] = "close" });
        await before.NothingLeakedAsync();
    }

    [Fact]
    public async Task Crowd_OfHttpConnections_LeavesDescriptorsToTheHub()
    {
        await using var daemon = new DaemonProcess { Through = ["sh", "-c", "ulimit -n 300; exec \"$@\"", "sh"] };
        await daemon.StartReadyAsync();
        await using var hub = NodeHub.Start(daemon.Data);
        await hub.ConnectAsync();
        await hub.ExecAsync("echo warm");
        var crowd = new List<TcpClient>();
        for (var number = 0; number < 400; number++)
        {
            crowd.Add(new TcpClient());
            try
            {
                await crowd[^1].ConnectAsync(IPAddress.Loopback, daemon.ApiPort).Within();
            }
            catch (SocketException)
            {
                // Refused so soon that the connecting sees it.
            }
        }

        // Whether the daemon looks at all of them is seen by the last one, which it refuses.
        await Assert.ThrowsAnyAsync<Exception>(() => crowd[^1].GetStream().ReadExactlyAsync(new byte[1]).AsTask()).WaitAsync(Bounded.Limit);
        Assert.Equal("pong", (string?)(await hub.CallAsync(NodeHub.Main, "ping"))["event"]);
        AssertError("\"code\":\"EMFILE\"", await hub.ExecAsync("true", new JsonObject { ["args"] = new JsonArray("x") }));
        crowd.ForEach(client => client.Dispose());
        await Bounded.Until(() => ProcessUse.Of(daemon.Pid).Descriptors < 100, "the connections are gone");
        Assert.Equal("hi\n", (string?)(await hub.ExecAsync("echo hi"))["stdout"]);
        AssertNoBug(daemon);
    }

    private static void AssertNoBug(DaemonProcess daemon)
    {
        var log = daemon.Read("log");
        var bug = log.IndexOf("BUG", StringComparison.Ordinal);
        Assert.True(bug < 0, log[Math.Max(bug, 0)..]);
    }

    [Fact]
    public async Task Exec_WithAnAbsurdTimeout_IsNotLimited()
    {
        var answer = await Hub.ExecAsync("echo hi", new JsonObject { ["timeout"] = 1e300 });
        Assert.Equal(("hi\n", ""), ((string?)answer["stdout"], (string?)answer["stderr"]));
    }

    [Fact]
    public async Task SendSignal_ReachesTheProcessButNeverTheDaemon()
    {
        var job = await Hub.ExecAsync("sleep", new JsonObject { ["args"] = new JsonArray("60"), ["async_call"] = true });
        foreach (var pid in (int[])[0, 1, -1, fixture.Daemon.Pid])
        {
            AssertError("invalid pid or signal", await Hub.CallAsync(NodeHub.Main, "send_signal", new JsonObject { ["pid"] = pid, ["signal"] = 9 }));
        }

        AssertError("invalid pid or signal", await Hub.CallAsync(NodeHub.Main, "send_signal", new JsonObject { ["pid"] = (int?)job["pid"], ["signal"] = 15 }));
        Assert.Equal("signal_sent", (string?)(await Hub.CallAsync(NodeHub.Main, "send_signal", new JsonObject { ["pid"] = (int?)job["pid"], ["signal"] = 9 }))["event"]);
        var record = await Hub.CallAsync(NodeHub.Main, "project_exec", new JsonObject { ["async_get"] = (string?)job["job_id"], ["async_await"] = true });
        Assert.Equal(("completed", 0), ((string?)record["status"], (int?)record["exit_code"]));
    }

    private static void AssertError(string text, JsonNode answer)
    {
        var isExpected = (string?)answer["event"] == "error" && ((string?)answer["error"])?.Contains(text, StringComparison.Ordinal) == true;
        Assert.True(isExpected, $"expected an error with {text}, but the answer is {answer.ToJsonString()}");
    }

    private static int Number(string text) => int.Parse(text.Trim(), CultureInfo.InvariantCulture);
}
