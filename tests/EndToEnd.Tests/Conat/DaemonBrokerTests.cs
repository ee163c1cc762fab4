using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Tests.Conat;

/// <summary>The broker as part of the daemon: who gets to it, what configures it, what becomes of it when the daemon ends (architecture, decision 13).</summary>
public sealed class DaemonBrokerTests
{
    private const int Sigterm = 15;

    private static readonly ConatClientOptions Hasty = new() { FirstReconnectDelay = TimeSpan.FromMilliseconds(50), MaxReconnectDelay = TimeSpan.FromMilliseconds(200) };

    [Fact]
    public async Task UnderAHub_ThereIsNoBroker()
    {
        await using var daemon = new DaemonProcess();
        await daemon.StartReadyAsync();
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{daemon.BrowserPort}/conat/?EIO=4&transport=polling"));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Standalone_ServesBelowTheBasePathAndForItsOwnPagesOnly()
    {
        await using var daemon = StandaloneDaemon.Create().With("BASE_PATH", "/my/base").With("PROJECTSILO_Conat__Id", "mine");
        await daemon.StartReadyAsync("--standalone");
        using var http = new HttpClient();
        var site = $"http://127.0.0.1:{daemon.BrowserPort}";
        Assert.Equal("OK", await http.GetStringAsync(new Uri(site + "/health")));
        using var elsewhere = await http.GetAsync(new Uri(site + "/conat/?EIO=4&transport=polling"));
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
        using var evil = new ClientWebSocket();
        evil.Options.SetRequestHeader("Origin", "https://evil");
        evil.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => evil.ConnectAsync(new Uri($"ws://127.0.0.1:{daemon.BrowserPort}/my/base/conat/?EIO=4&transport=websocket"), default).Within());
        Assert.Equal(HttpStatusCode.Forbidden, evil.HttpStatusCode);

        await using var client = NewClient(daemon, "/my/base");
        await client.ConnectAsync().Within();
        Assert.Equal("mine", client.Info!.Id);
    }

    [Fact]
    public async Task ApiKeys_HoldAsLongAsTheyAreInTheFile()
    {
        await using var daemon = StandaloneDaemon.Create();
        await daemon.StartReadyAsync();
        var keys = Path.Join(daemon.Data, "api-keys");
        await File.AppendAllTextAsync(keys, "  sk-second  \n");
        await using var second = NewClient(daemon, cookie: "api_key=sk-second");
        await second.ConnectAsync().Within();
        File.Delete(keys);
        await using var third = NewClient(daemon, cookie: "api_key=sk-second");
        third.Start();
        await Bounded.Until(() => third.Info?.Refusal is not null, "the refusal");
        Assert.Equal("Error: api key no longer valid", third.Info!.Refusal!.Message);
        Assert.Equal(ConatState.SignedIn, second.State);
    }

    [Theory]
    [InlineData("PROJECTSILO_Conat__MaxQueuedBytes", "1", "MaxQueuedBytes")]
    [InlineData("PROJECTSILO_Conat__PingInterval", "00:00:00", "PingInterval")]
    [InlineData("PROJECTSILO_ConatTransport__ConnectTimeout", "1.00:00:00", "ConnectTimeout")]
    public async Task Options_OutOfRange_StopTheStart(string variable, string value, string message)
    {
        await using var daemon = StandaloneDaemon.Create().With(variable, value);
        Assert.Equal(1, (await daemon.RunAsync("--standalone")).Code);
        Assert.Contains(message, daemon.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConatServer_ThatIsNoAddress_StopsTheStart()
    {
        await using var daemon = new DaemonProcess().With("CONAT_SERVER", "localhost:5000");
        Assert.Equal(1, (await daemon.RunAsync()).Code);
        Assert.Contains("CONAT_SERVER invalid", daemon.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restart_OnTheSamePort_ClientsComeBackWithTheirSubscriptions()
    {
        await using var daemon = StandaloneDaemon.Create();
        await daemon.StartReadyAsync();
        var port = daemon.BrowserPort.ToString(CultureInfo.InvariantCulture);
        await using var client = NewClient(daemon);
        await client.ConnectAsync().Within();
        var subject = $"project.{daemon.Read("project-id")}.x";
        using var subscription = await client.SubscribeAsync(subject).Within();

        // A client that is connected doesn't hold the stop up: it is told, and answers.
        var watch = Stopwatch.StartNew();
        daemon.Kill(Sigterm);
        await daemon.ExitedAsync();
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        await Bounded.Until(() => client.State == ConatState.Disconnected, "the loss is noticed");
        await daemon.StartReadyAsync("--browser-port", port, "--standalone");
        await client.WaitUntilSignedInAsync().Within();
        Assert.True(await client.WaitForInterestAsync(subject).Within());
        Assert.Equal(1, (await client.PublishAsync(subject, "again").Within()).Count);
        Assert.Equal("again", (await subscription.ReadAsync().AsTask().Within())!.Data.AsText());
    }

    [Fact]
    public async Task SubscriberThatStops_CostsABoundOfMemoryAndNobodyElse() => await FloodAsync(megabytes: 300);

    [LongFact]
    public async Task SubscriberThatStops_CostsABoundOfMemoryAndNobodyElse_AGigabyte() => await FloodAsync(megabytes: 1024);

    private static async Task FloodAsync(int megabytes)
    {
        await using var daemon = StandaloneDaemon.Create();
        await daemon.StartReadyAsync();
        var before = ProcessUse.Of(daemon.Pid);
        var subject = $"project.{daemon.Read("project-id")}.flood";
        await using var publisher = NewClient(daemon);
        await publisher.ConnectAsync().Within();
        await using var reader = NewClient(daemon);
        await reader.ConnectAsync().Within();
        using var subscription = await reader.SubscribeAsync(subject).Within();
        using var stopped = await StoppedAsync(daemon, subject);

        var payload = new PublishOptions { Raw = new byte[1_000_000] };
        var counts = new List<long>();
        for (var i = 0; i < megabytes; i++)
        {
            counts.Add((await publisher.PublishAsync(subject, WireValue.Null, payload).Within()).Count);
            Assert.Equal(1_000_000, (await subscription.ReadAsync().AsTask().Within())!.Raw.Length);
        }

        // First both, then only the reader: who stopped has been dropped at the bound of 64 MiB.
        Assert.Equal([2, 1], counts.Distinct());
        Assert.InRange(counts.Count(count => count == 2), 1, 150);
        await before.NothingLeakedAsync(growthMiB: 300);
    }

    /// <summary>A client that subscribes and then never reads again.</summary>
    private static async Task<ClientWebSocket> StoppedAsync(DaemonProcess daemon, string subject)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", Cookie(daemon));
        socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{daemon.BrowserPort}/conat/?EIO=4&transport=websocket"), default).Within();
        var buffer = new byte[4096];
        await SendAsync("40");
        await SendAsync($"420[\"subscribe\",{{\"subject\":\"{subject}\",\"queue\":\"stopped\"}}]");
        for (var text = ""; !text.StartsWith("430", StringComparison.Ordinal);)
        {
            var part = await socket.ReceiveAsync(buffer, default).Within();
            text = System.Text.Encoding.UTF8.GetString(buffer, 0, part.Count);
        }

        return socket;

        Task SendAsync(string text) => socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default).Within();
    }

    private static string Cookie(DaemonProcess daemon, string basePath = "/") =>
        ConatNames.ProjectCookie(basePath, daemon.Read("project-id"), daemon.Read("secret-token"));

    private static ConatClient NewClient(DaemonProcess daemon, string basePath = "/", string? cookie = null) => new(
        new SocketIoTransport(new SocketIoOptions
        {
            Address = new Uri($"http://127.0.0.1:{daemon.BrowserPort}{basePath}"),
            Cookie = () => new(cookie ?? Cookie(daemon, basePath)),
        }),
        Hasty with { InboxPrefix = ConatNames.ProjectInbox(daemon.Read("project-id")) });
}
