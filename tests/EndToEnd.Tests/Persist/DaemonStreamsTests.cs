using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Tests.Persist;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests.Conat;

namespace ProjectSilo.Tests.Persist;

/// <summary>Streams as part of the daemon: who serves them, who gets to them, what loads what, and what remains at the end.</summary>
public sealed class DaemonStreamsTests
{
    private const int Sigterm = 15;

    [Fact]
    public async Task AStandaloneDaemon_ServesStreams_AndLeavesPlainFiles()
    {
        await using var daemon = StandaloneDaemon.Create();
        await daemon.StartReadyAsync();
        Assert.False(HasLoaded(daemon, "sqlite"));
        await using (var client = StreamClient.New(daemon))
        {
            await client.ConnectAsync().Within();
            await using var ephemeral = StreamClient.Open(client, daemon, "e", ephemeral: true);
            Assert.Equal(1, (await ephemeral.SetAsync("x")).Seq);
            Assert.False(HasLoaded(daemon, "sqlite"));
            await using var socket = StreamClient.Open(client, daemon, "s");
            Assert.Equal(1, (await socket.SetAsync("kept")).Seq);
            Assert.True(HasLoaded(daemon, "sqlite"));
            daemon.Kill(Sigterm);
            await socket.Socket.Completion.Within();
            Assert.Equal(Sigterm, (await daemon.ExitedAsync()).Signal);
        }

        var file = StreamClient.FileOf(daemon, "s");
        Assert.Equal([file], Directory.GetFiles(Path.GetDirectoryName(file)!));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Join(daemon.Data, "sync")));
    }

    [Fact]
    public async Task AnAccount_GetsToItsProjectsStreams_AndToNoOther()
    {
        await using var daemon = StandaloneDaemon.Create();
        await daemon.StartReadyAsync();
        var key = daemon.Read("api-keys").Trim();
        await using var client = StreamClient.New(daemon, ConatNames.ApiKeyCookie("/", key), "_INBOX.account-00000000-0000-4000-8000-000000000001");
        await client.ConnectAsync().Within();
        await using var socket = StreamClient.Open(client, daemon, "s");
        Assert.Equal(1, (await socket.SetAsync("x")).Seq);
        var error = await Assert.ThrowsAsync<ConatException>(() => client.RequestAsync("persist.hub.id", WireValue.Null).Within());
        Assert.Equal("403", error.Code);
        await using var other = StreamSocket.Open(client, PersistSubjects.Of(StreamClient.Owner(daemon)), new PersistOpen("hub/x"));
        Assert.Equal("403", (await Assert.ThrowsAsync<ConatException>(other.NextEventAsync)).Code);
    }

    [Fact]
    public async Task Serve_CanBeSwitchedOff_AndRootsBeGiven()
    {
        await using var daemon = StandaloneDaemon.Create();
        await daemon.With("PROJECTSILO_Persist__Serve", "false").StartReadyAsync();
        await using (var client = StreamClient.New(daemon))
        {
            await client.ConnectAsync().Within();
            var error = await Assert.ThrowsAsync<ConatException>(() => client.RequestAsync(PersistSubjects.LoadBalancer(StreamClient.Owner(daemon)), WireValue.Null).Within());
            Assert.Equal("503", error.Code);
        }

        daemon.Kill(Sigterm);
        await daemon.ExitedAsync();
        var folder = Path.Join(daemon.Home, "streams");
        await daemon.With("PROJECTSILO_Persist__Serve", "true").With("COCALC_SYNC", folder).With("COCALC_SYNC_ARCHIVE", folder + "-archive").StartReadyAsync("--standalone");
        await using var again = StreamClient.New(daemon);
        await again.ConnectAsync().Within();
        await using var socket = StreamClient.Open(again, daemon, "s");
        await socket.SetAsync("x");
        var path = StoragePath.Of(StreamClient.Owner(daemon), "s") + ".db";
        Assert.True(File.Exists(Path.Join(folder, path)));
        await Bounded.Until(() => File.Exists(Path.Join(folder + "-archive", path)), "the archive");
    }

    [Theory]
    [InlineData("PROJECTSILO_Persist__MaxOpen", "0", "MaxOpen")]
    [InlineData("COCALC_SYNC_ARCHIVE_INTERVAL", "soon", "COCALC_SYNC_ARCHIVE_INTERVAL")]
    public async Task Options_OutOfRange_StopTheStart(string variable, string value, string message)
    {
        await using var daemon = StandaloneDaemon.Create().With(variable, value);
        Assert.Equal(1, (await daemon.RunAsync("--standalone")).Code);
        Assert.Contains(message, daemon.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streams_PrintsWhatIsThere()
    {
        await using var daemon = StandaloneDaemon.Create();
        await daemon.StartReadyAsync();
        await using var client = StreamClient.New(daemon);
        await client.ConnectAsync().Within();
        await using var socket = StreamClient.Open(client, daemon, "s");
        for (var i = 1; i <= 12; i++)
        {
            await socket.SetAsync(new WireObject { ["i"] = i, ["b"] = new WireValue.Bytes(new byte[] { 1 }) }.Build(), new WireObject { ["key"] = $"k{i}" });
        }

        await using var command = new DaemonProcess { Environment = daemon.Environment };
        Assert.Equal(0, (await command.RunAsync("streams", "ls")).Code);
        Assert.Contains(StoragePath.Of(StreamClient.Owner(daemon), "s"), command.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await command.RunAsync("streams", "show", "s")).Code);
        var lines = command.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(12, lines.Length);
        Assert.Matches("""^\{"seq":1,"time":"20[^"]+Z","key":"k1","data":\{"i":1,"b":\{"base64":"AQ=="\}\}\}$""", lines[0]);

        // While the daemon has it open, and without it.
        var root = Path.Join(daemon.Data, "sync");
        var path = StoragePath.Of(StreamClient.Owner(daemon), "s");
        Assert.Equal(0, (await command.RunAsync("streams", "tail", path, "--root", root)).Code);
        Assert.Equal(lines[2..], command.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await using var follower = new DaemonProcess { Environment = daemon.Environment };
        follower.Start("streams", "tail", "s");
        await Bounded.Until(() => follower.Output.Split('\n').Length == 11, "the last ten");
        await socket.SetAsync("new");
        await Bounded.Until(() => follower.Output.Contains("\"data\":\"new\"", StringComparison.Ordinal), "the new one");

        daemon.Kill(Sigterm);
        await daemon.ExitedAsync();
        Assert.Equal(0, (await follower.ExitedAsync()).Code);
        Assert.Equal(0, (await command.RunAsync("streams", "show", path, "--root", root)).Code);
        Assert.Equal(13, command.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(1, (await command.RunAsync("streams", "show", "nothing", "--root", root)).Code);
        Assert.Equal("error: there is no stream 'nothing'\n", command.Errors);
        Assert.Equal(1, (await command.RunAsync("streams", "eat", "s")).Code);
        Assert.StartsWith("usage:", command.Errors, StringComparison.Ordinal);
    }

    private static bool HasLoaded(DaemonProcess daemon, string library) =>
        File.ReadAllText($"/proc/{daemon.Pid}/maps").Contains(library, StringComparison.OrdinalIgnoreCase);
}
