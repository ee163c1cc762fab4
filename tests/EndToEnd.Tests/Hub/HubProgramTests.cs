using System.Globalization;
using System.Text.Json.Nodes;

namespace ProjectSilo.Tests.Hub;

/// <summary>What the daemon does by programs found on <c>PATH</c>: named servers (spec 02 §7) and worksheets as PDF (§9). Shell scripts stand for them.</summary>
public sealed class HubProgramTests : IAsyncLifetime
{
    private const int Sigterm = 15;

    private readonly DaemonProcess _daemon = new();
    private NodeHub _hub = null!;

    public async Task InitializeAsync()
    {
        var programs = Directory.CreateDirectory(Path.Join(_daemon.Home, "programs")).FullName;
        _daemon.With("PATH", $"{programs}:{_daemon.Environment["PATH"]}");
        await InstallAsync("code-server", """exec python3 -m http.server --bind 127.0.0.1 --directory "$HOME/site" "${1##*:}" """);
        await InstallAsync(
            "smc-sagews2pdf",
            """
            printf '%s\n' "$@" > "$HOME/arguments"
            for last; do :; done
            case $last in */extra.json) cp "$last" "$HOME/extra" ;; esac
            [ "$1" != bad.sagews ] || { echo 'no such worksheet' >&2; exit 1; }
            echo PDF > "$3"
            """);
        await _daemon.StartReadyAsync();
        _hub = NodeHub.Start(_daemon.Data);
        await _hub.ConnectAsync();
    }

    public async Task DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _daemon.DisposeAsync();
    }

    [Fact]
    public async Task NamedServer_IsStartedOnceAndServes()
    {
        Directory.CreateDirectory(Path.Join(_daemon.Home, "site"));
        await File.WriteAllTextAsync(Path.Join(_daemon.Home, "site/index.html"), "from the named server");
        // At the same time: one start, an answer to each.
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ServerPortAsync("code")));
        Assert.All(answers, answer => Assert.Equal(("named_server_port", "code", "pp"), ((string?)answer["event"], (string?)answer["name"], (string?)answer["project_id"])));
        var port = Assert.Single(answers.Select(answer => (int)answer["port"]!).Distinct());
        Assert.Equal($"{port}", _daemon.Read("named_servers/code/port"));

        using var http = new HttpClient();
        var page = "";
        await _daemon.WaitUntilAsync(() => (page = Get(http, port)).Length > 0, "the named server doesn't answer");
        Assert.Equal("from the named server", page);
        Assert.Equal(port, (int?)(await ServerPortAsync("code"))["port"]);

        // One that has ended is started again.
        var first = ServerPid();
        Assert.Contains($"--bind-addr=127.0.0.1:{port} --auth=none", _daemon.Read("named_servers/code/command.sh"), StringComparison.Ordinal);
        Assert.Equal(0, (int?)(await _hub.ExecAsync($"kill {first} $(ps -o pid= --ppid {first})"))["exit_code"]);
        await _daemon.WaitUntilAsync(() => !ProcessUse.IsAlive(first), "the named server is still there");
        Assert.Equal("named_server_port", (string?)(await ServerPortAsync("code"))["event"]);
        var second = ServerPid();
        Assert.NotEqual(first, second);
        Assert.True(ProcessUse.IsAlive(second));

        // It ends with the project, whose process group a hub stops.
        _daemon.KillGroup(Sigterm);
        await _daemon.ExitedAsync();
        await _daemon.WaitUntilAsync(() => !ProcessUse.IsAlive(second), "the named server outlives the project");
    }

    [Fact]
    public async Task NamedServer_ThatIsUnknown_IsAnError()
    {
        var answer = await ServerPortAsync("../foo");
        Assert.Equal("Error: unknown named server: \"../foo\"", (string?)answer["error"]);
        Assert.False(_daemon.Has("named_servers"));
    }

    [Fact]
    public async Task PrintToPdf_RunsTheConverter()
    {
        var options = new JsonObject
        {
            ["title"] = "a 'title'; $(touch x)",
            ["author"] = "",
            ["date"] = "d",
            ["contents"] = "true",
            ["subdir"] = "s",
            ["extra_data"] = """{"a":1}""",
        };
        var answer = await PrintAsync("sheet.sagews", options);
        Assert.Equal(("printed_to_pdf", "sheet.pdf"), ((string?)answer["event"], (string?)answer["path"]));
        Assert.Equal("PDF\n", await File.ReadAllTextAsync(Path.Join(_daemon.Home, "sheet.pdf")));
        Assert.Equal("""{"a":1}""", await File.ReadAllTextAsync(Path.Join(_daemon.Home, "extra")));
        var arguments = await File.ReadAllLinesAsync(Path.Join(_daemon.Home, "arguments"));
        Assert.Equal(
            ["sheet.sagews", "--outfile", "sheet.pdf", "--title", "a 'title'; $(touch x)", "--author", "", "--date", "d", "--subdir", "s", "--contents", "true", "--extra_data_file"],
            arguments[..^1]);
        Assert.False(File.Exists(arguments[^1]));
    }

    [Fact]
    public async Task PrintToPdf_ThatFails_IsAnError()
    {
        Assert.Contains("no such worksheet", (string?)(await PrintAsync("bad.sagews", []))["error"], StringComparison.Ordinal);
        Assert.Equal("Error: unable to print file of type 'txt'", (string?)(await PrintAsync("a.txt", []))["error"]);
    }

    private async Task InstallAsync(string name, string text)
    {
        var path = Path.Join(_daemon.Home, "programs", name);
        await File.WriteAllTextAsync(path, $"#!/bin/sh\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private int ServerPid() => int.Parse(_daemon.Read("named_servers/code/pid"), CultureInfo.InvariantCulture);

    private Task<JsonNode> ServerPortAsync(string name) =>
        _hub.CallAsync(NodeHub.Main, "named_server_port", new JsonObject { ["name"] = name, ["project_id"] = "pp" });

    private Task<JsonNode> PrintAsync(string path, JsonObject options) =>
        _hub.CallAsync(NodeHub.Main, "print_to_pdf", new JsonObject { ["path"] = path, ["options"] = options });

    /// <summary>The page; empty while nobody listens.</summary>
    private static string Get(HttpClient http, int port)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/");
            using var response = http.Send(request);
            using var reader = new StreamReader(response.Content.ReadAsStream());
            return reader.ReadToEnd();
        }
        catch (HttpRequestException)
        {
            // Not yet: the port is answered for when the process is launched.
            return "";
        }
    }
}
