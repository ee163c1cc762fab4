using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Project;

/// <summary>Spec 09 §10, with a <c>code-server</c> that is a small web server.</summary>
public sealed class NamedServerTests : IAsyncLifetime
{
    /// <summary>Logs each start, says hello on stderr, and serves HOME.</summary>
    private const string CodeServer =
        """
        #!/bin/sh
        echo "$@" >> "$HOME/starts"
        echo hello >&2
        env > "$HOME/environment"
        address=${1#--bind-addr=}
        exec python3 -m http.server "${address##*:}" --bind "${address%:*}"
        """;

    private readonly ProjectCluster _cluster = new();

    private string[] Starts => File.Exists(Path.Join(_cluster.Home, "starts")) ? File.ReadAllLines(Path.Join(_cluster.Home, "starts")) : [];

    public Task InitializeAsync()
    {
        _cluster.WriteTool("code-server", CodeServer);
        _cluster.Environment = _cluster.Environment
            .SetItem("PATH", $"{_cluster.Tools}:{System.Environment.GetEnvironmentVariable("PATH")}").SetItem("DEBUG", "kept for servers");
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task Start_RunsTheServerAndWritesItsFiles()
    {
        await _cluster.Start();
        var port = await Port();
        var pid = _cluster.ServerPid("code");
        Assert.Equal(port.ToString(CultureInfo.InvariantCulture), await File.ReadAllTextAsync(_cluster.ServerFile("code", "port")));
        Assert.Equal(
            $"#!/bin/sh\ncode-server --bind-addr=127.0.0.1:{port} --auth=none\n", await File.ReadAllTextAsync(_cluster.ServerFile("code", "command.sh")));
        await Answers(port);
        Assert.Equal([$"--bind-addr=127.0.0.1:{port} --auth=none"], Starts);
        Assert.StartsWith("hello\n", await File.ReadAllTextAsync(_cluster.ServerFile("code", "stderr")), StringComparison.Ordinal);
        Assert.Contains("DEBUG=kept for servers\n", await File.ReadAllTextAsync(Path.Join(_cluster.Home, "environment")), StringComparison.Ordinal);
        Assert.Equal(await Field("self", 5), await Field(pid.ToString(CultureInfo.InvariantCulture), 5));

        Assert.Equal(port, await Port());
        Assert.Single(Starts);
    }

    [Fact]
    public async Task Start_AskedTwiceAtOnce_StartsOneServer()
    {
        await _cluster.Start();
        var ports = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Port())).Within();
        _cluster.ServerPid("code");
        Assert.Single(ports.Distinct());
        await Answers(ports[0]);
        Assert.Single(Starts);
    }

    [Fact]
    public async Task Death_IsNoticed_AndTheNextCallStartsItAgain()
    {
        await _cluster.Start();
        var first = await Port();
        var pid = _cluster.ServerPid("code");
        await Answers(first);
        ProjectCluster.Kill(pid);
        await Bounded.Until(() => ProcessIdentity.TryRead(pid) is null, "the server has ended");
        var second = await Port();
        Assert.NotEqual(pid, _cluster.ServerPid("code"));
        await Answers(second);
        Assert.Equal(2, Starts.Length);
    }

    [Fact]
    public async Task RestartOfTheDaemon_FindsTheServerAgain()
    {
        await _cluster.Start();
        var port = await Port();
        _cluster.ServerPid("code");
        await Answers(port);
        await _cluster.Restart();
        Assert.Equal(port, await Port());
        Assert.Single(Starts);
    }

    [Fact]
    public async Task ReusedPid_IsNotTakenForTheServer()
    {
        await _cluster.Start();
        Directory.CreateDirectory(Path.Join(_cluster.Servers.Folder, "code"));
        await File.WriteAllTextAsync(_cluster.ServerFile("code", "port"), "1");
        // This test's own process: it lives, but isn't the server.
        await File.WriteAllTextAsync(_cluster.ServerFile("code", "pid"), System.Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        await File.WriteAllTextAsync(_cluster.ServerFile("code", "started"), ProcessIdentity.TryRead(1) ?? "other");
        Assert.NotEqual(1, await Port());
        Assert.NotEqual(System.Environment.ProcessId, _cluster.ServerPid("code"));
    }

    [Fact]
    public async Task Port_IsThePreferredOne_IfItIsFree()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var preferred = ((IPEndPoint)other.LocalEndPoint!).Port;
        _cluster.Environment = _cluster.Environment.SetItem("COCALC_CODE_PORT", preferred.ToString(CultureInfo.InvariantCulture));
        await _cluster.Start();
        other.Listen();
        var taken = await Port();
        var pid = _cluster.ServerPid("code");
        Assert.NotEqual(preferred, taken);
        other.Dispose();
        await Answers(taken);
        ProjectCluster.Kill(pid);
        await Bounded.Until(() => ProcessIdentity.TryRead(pid) is null, "the server has ended");
        Assert.Equal(preferred, await Port());
        _cluster.ServerPid("code");
    }

    [Theory]
    [InlineData("foo")]
    [InlineData("../../evil")]
    [InlineData("")]
    public async Task UnknownName_IsRefusedAndTouchesNothing(string name)
    {
        await _cluster.Start();
        var error = await Assert.ThrowsAsync<RequestException>(() => _cluster.Project.GetNamedServerPort(name)).Within();
        Assert.Equal($"unknown named server: \"{name}\"", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_cluster.Data));
    }

    [Fact]
    public async Task Folder_ThatCannotBeMade_IsAnError()
    {
        await File.WriteAllTextAsync(_cluster.Servers.Folder, "in the way");
        await _cluster.Start();
        var error = await Assert.ThrowsAsync<RequestException>(Port).Within();
        Assert.StartsWith("unable to start named server \"code\": ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paths_AreQuoted()
    {
        _cluster.Servers = _cluster.Servers with { Folder = Path.Join(_cluster.Data, "it's $(touch evil) & more") };
        await _cluster.Start();
        await Answers(await Port());
        _cluster.ServerPid("code");
        Assert.True(File.Exists(_cluster.ServerFile("code", "stderr")));
        Assert.False(File.Exists(Path.Join(_cluster.Home, "evil")));
    }

    [Theory]
    [InlineData("code", "127.0.0.1", "code-server --bind-addr=127.0.0.1:4711 --auth=none")]
    [InlineData("code", "localhost", "code-server --bind-addr=127.0.0.1:4711 --auth=none")]
    [InlineData("code", "10.0.0.7", "code-server --bind-addr=10.0.0.7:4711 --auth=none")]
    [InlineData("code", "::1", "code-server --bind-addr=[::1]:4711 --auth=none")]
    [InlineData("code", "$(evil)", "code-server --bind-addr=127.0.0.1:4711 --auth=none")]
    [InlineData(
        "jupyter",
        "127.0.0.1",
        "jupyter notebook --port-retries=0 --no-browser --NotebookApp.iopub_data_rate_limit=1 --NotebookApp.iopub_msg_rate_limit=2 --NotebookApp.token=''"
        + " --NotebookApp.password='' --NotebookApp.allow_remote_access=True --NotebookApp.mathjax_url=/cdn/mathjax/MathJax.js"
        + " --NotebookApp.base_url=/base/812abe34-a382-4bd1-9071-29b6f4334f03/port/jupyter --ip=127.0.0.1 --port=4711")]
    [InlineData(
        "jupyterlab",
        "127.0.0.1",
        "jupyter lab --port-retries=0 --no-browser --NotebookApp.iopub_data_rate_limit=3 --NotebookApp.iopub_msg_rate_limit=4 --NotebookApp.token=''"
        + " --NotebookApp.password='' --ServerApp.disable_check_xsrf=True --NotebookApp.allow_remote_access=True"
        + " --NotebookApp.mathjax_url=/cdn/mathjax/MathJax.js --NotebookApp.base_url=/base/812abe34-a382-4bd1-9071-29b6f4334f03/port/jupyterlab"
        + " --ip=127.0.0.1 --port=4711 --collaborative")]
    [InlineData(
        "pluto",
        "127.0.0.1",
        "echo 'import Pluto; Pluto.run(launch_browser=false, require_secret_for_access=false, host=\"127.0.0.1\", port=4711)' | julia")]
    public void Command_IsThatOfTheTable(string name, string host, string expected)
    {
        var launch = Launch(host);
        Assert.Equal(expected, NamedServerCommands.Compose(name, launch));
    }

    [Fact]
    public async Task RServer_HasItsFilesMade()
    {
        var folder = _cluster.Environment["TMP"];
        _cluster.Environment = _cluster.Environment.SetItem("USER", "root");
        await _cluster.Start();
        Assert.Equal(
            $"rserver --server-daemonize=0 --auth-none=1 --auth-encrypt-password=0 --server-user=root --database-config-file=\"{folder}/rserver/db.conf\""
            + $" --server-data-dir=\"{_cluster.Home}/.config/rserver\" --server-working-dir=\"{_cluster.Home}\" --www-address=127.0.0.1 --www-port=4711"
            + $" --www-root-path=\"/base/{ProjectCluster.ProjectId}/server/rserver/\" --server-pid-file=\"{folder}/rserver/rserver.pid\"",
            NamedServerCommands.Compose("rserver", Launch("127.0.0.1")));
        Assert.Equal($"provider=sqlite\ndirectory={_cluster.Home}/.config/rserver/db", await File.ReadAllTextAsync($"{folder}/rserver/db.conf"));
        Assert.True(Directory.Exists($"{_cluster.Home}/.config/rserver/db"));
    }

    [Theory]
    [InlineData("mkdir -m 755 rserver")]
    [InlineData("mkdir -m 700 other && ln -s other rserver")]
    public async Task RServer_WithAFolderOfOthers_IsRefused(string command)
    {
        await _cluster.Start();
        var folder = _cluster.Environment["TMP"];
        Directory.CreateDirectory(folder);
        await Files.HelperProcess.Shell($"cd '{folder}' && {command}");
        Assert.Throws<RequestException>(() => NamedServerCommands.Compose("rserver", Launch("127.0.0.1")));
        Assert.False(File.Exists($"{folder}/rserver/db.conf"));
    }

    [Fact]
    public async Task RunningPort_WithAPipeInPlaceOfAFile_DoesNotWait()
    {
        await _cluster.Start();
        await Files.HelperProcess.Shell($"mkdir -p '{_cluster.Home}/state' && mkfifo '{_cluster.Home}/state/pid'");
        Assert.Null(await Task.Run(() => new NamedServerState($"{_cluster.Home}/state").RunningPort()).Within());
    }

    [Theory]
    [InlineData("/", "/812abe34-a382-4bd1-9071-29b6f4334f03/port/code")]
    [InlineData("/a/b", "/a/b/812abe34-a382-4bd1-9071-29b6f4334f03/port/code")]
    public void Base_HasNoDoubleSlash(string basePath, string expected)
    {
        var launch = Launch("127.0.0.1");
        Assert.Equal(expected, (launch with { Settings = launch.Settings with { BasePath = basePath } }).Base("port", "code"));
    }

    private Task<int> Port() => _cluster.Project.GetNamedServerPort("code").Within();

    private NamedServerLaunch Launch(string host) => new(
        new ProjectSettings { ProjectId = ProjectCluster.ProjectId, Home = _cluster.Home, Environment = _cluster.Environment },
        _cluster.Servers with
        {
            BasePath = "/base",
            Host = host,
            NotebookIopubDataRateLimit = 1,
            NotebookIopubMessageRateLimit = 2,
            LabIopubDataRateLimit = 3,
            LabIopubMessageRateLimit = 4,
            LabRealTimeCollaboration = true,
        },
        4711);

    private static async Task<string> Field(string pid, int number)
    {
        var stat = await File.ReadAllTextAsync($"/proc/{pid}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[number - 3];
    }

    private static async Task Answers(int port)
    {
        using var http = new HttpClient();
        var end = DateTime.UtcNow + Bounded.Limit;
        while (true)
        {
            try
            {
                using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/starts"));
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                return;
            }
            catch (HttpRequestException) when (DateTime.UtcNow < end)
            {
                await Task.Delay(20);
            }
        }
    }
}
