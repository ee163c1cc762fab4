using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ProjectSilo.Gateways.Hub;

/// <summary>Traces and metrics of the hub gateway; methods are events, e.g. <c>project_exec</c>.</summary>
internal static class HubInstruments
{
    public static readonly ActivitySource Source = new("ProjectSilo.Gateways");

    private static readonly Meter Meter = new("ProjectSilo.Gateways");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("projectsilo.gateway.request.duration", "s", "Time to answer a request.");
    private static readonly UpDownCounter<long> Connections = Meter.CreateUpDownCounter<long>("projectsilo.gateway.connections", description: "Open connections.");
    private static readonly Counter<long> Refused = Meter.CreateCounter<long>("projectsilo.gateway.refused", description: "Connections refused for a wrong token.");
    private static readonly Counter<long> Dropped = Meter.CreateCounter<long>("projectsilo.gateway.frames.dropped", description: "Malformed frames.");

    private static readonly KeyValuePair<string, object?> Hub = new("gateway", "hub");

    public static void ConnectionOpened() => Connections.Add(1, Hub);

    public static void ConnectionClosed() => Connections.Add(-1, Hub);

    public static void TokenRefused() => Refused.Add(1, Hub);

    public static void FrameDropped() => Dropped.Add(1, Hub);

    /// <summary>Starts the span of a request; null when nobody listens.</summary>
    public static Activity? StartRequest(string method) =>
        Source.HasListeners() ? Source.StartActivity("hub " + method, ActivityKind.Server)?.SetTag("rpc.method", method) : null;

    public static void Answered(string method, bool success, TimeSpan elapsed)
    {
        if (Duration.Enabled)
        {
            Duration.Record(elapsed.TotalSeconds, Hub, new KeyValuePair<string, object?>("method", method), new KeyValuePair<string, object?>("outcome", success ? "ok" : "error"));
        }
    }
}
