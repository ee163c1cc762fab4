using System.Net;
using System.Net.Sockets;

namespace ProjectSilo.Tests.Process;

public sealed class OtlpTests
{
    [Fact]
    public async Task Start_WithAnEndpoint_SendsTracesThere()
    {
        var port = FreePort();
        using var collector = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
        collector.Start();
        await using var daemon = new DaemonProcess()
            .With("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}")
            .With("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        await daemon.StartReadyAsync("--kucalc");
        using var http = new HttpClient();
        await http.GetStringAsync(new Uri($"http://127.0.0.1:{daemon.BrowserPort}/health"));
        daemon.Kill(15);

        var paths = new HashSet<string>();
        while (!paths.IsSupersetOf(["/v1/traces", "/v1/metrics"]))
        {
            var context = await collector.GetContextAsync().Within();
            paths.Add(context.Request.Url!.AbsolutePath);
            context.Response.Close();
        }

        Assert.Equal(15, (await daemon.ExitedAsync()).Signal);
    }

    [Fact]
    public async Task Start_WithoutAnEndpoint_DoesNotLoadOpenTelemetry()
    {
        await using var daemon = new DaemonProcess();
        await daemon.StartReadyAsync("--kucalc");
        Assert.DoesNotContain("OpenTelemetry", await File.ReadAllTextAsync($"/proc/{daemon.Pid}/maps"), StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
