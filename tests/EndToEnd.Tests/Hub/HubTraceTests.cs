using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace ProjectSilo.Tests.Hub;

/// <summary>A request can be followed from the wire through the grain to the child process, as a collector sees it.</summary>
public sealed class HubTraceTests
{
    [Theory]
    [InlineData(false, "ICommandsGrain/Exec")]
    [InlineData(true, "ICommandsGrain/StartJob", "IJobGrain/Start")]
    public async Task Exec_GivesOneTraceFromTheWireToTheProcess(bool asJob, params string[] grainCalls)
    {
        using var collector = StartCollector(out var endpoint);
        await using var daemon = new DaemonProcess()
            .With("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .With("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
            .With("OTEL_BSP_SCHEDULE_DELAY", "100");
        await daemon.StartReadyAsync();
        await using var hub = NodeHub.Start(daemon.Data);
        await hub.ConnectAsync();
        await hub.ExecAsync("echo", new JsonObject { ["args"] = new JsonArray("traced"), ["async_call"] = asJob });

        var spans = new List<OtlpSpan>();
        while (!spans.Any(IsProcess) || !spans.Any(IsRequest))
        {
            spans.AddRange(await ReceiveAsync(collector));
        }

        var request = Assert.Single(spans, IsRequest);
        Assert.Equal("", request.ParentId);
        var parent = request;
        foreach (var call in grainCalls)
        {
            var grain = Assert.Single(spans, span => span.Scope == "ProjectSilo.Grains" && span.Name == call);
            Assert.Equal((request.TraceId, parent.SpanId), (grain.TraceId, grain.ParentId));
            parent = grain;
        }

        var process = Assert.Single(spans, IsProcess);
        Assert.Equal((request.TraceId, parent.SpanId), (process.TraceId, process.ParentId));
    }

    private static bool IsRequest(OtlpSpan span) => span is { Scope: "ProjectSilo.Gateways", Name: "hub project_exec" };

    private static bool IsProcess(OtlpSpan span) => span is { Scope: "ProjectSilo.Native", Name: "process echo" };

    private static HttpListener StartCollector(out string endpoint)
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        endpoint = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        free.Stop();
        var collector = new HttpListener { Prefixes = { endpoint + "/" } };
        collector.Start();
        return collector;
    }

    private static async Task<IEnumerable<OtlpSpan>> ReceiveAsync(HttpListener collector)
    {
        var context = await collector.GetContextAsync().Within();
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body).Within();
        context.Response.Close();
        return context.Request.Url!.AbsolutePath == "/v1/traces" ? OtlpSpan.Parse(body.ToArray()) : [];
    }
}
