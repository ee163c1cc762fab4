using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ProjectSilo.Gateways.HttpApi;

/// <summary>Traces and metrics of the HTTP API; methods are endpoints, e.g. <c>read-text-file</c>.</summary>
internal static class HttpApiInstruments
{
    private static readonly ActivitySource Source = new("ProjectSilo.Gateways");
    private static readonly Meter Meter = new("ProjectSilo.Gateways");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("projectsilo.gateway.request.duration", "s", "Time to answer a request.");
    private static readonly Counter<long> Limited = Meter.CreateCounter<long>("projectsilo.gateway.requests.limited", description: "Requests refused by the rate limit.");

    private static readonly KeyValuePair<string, object?> HttpApi = new("gateway", "http-api");

    public static void RateLimited() => Limited.Add(1, HttpApi);

    /// <summary>Starts the span of a request; null when nobody listens.</summary>
    public static Activity? StartRequest(string method) =>
        Source.HasListeners() ? Source.StartActivity("http-api " + method, ActivityKind.Server)?.SetTag("rpc.method", method) : null;

    public static void Answered(string method, bool success, TimeSpan elapsed)
    {
        if (Duration.Enabled)
        {
            Duration.Record(elapsed.TotalSeconds, HttpApi, new KeyValuePair<string, object?>("method", method), new KeyValuePair<string, object?>("outcome", success ? "ok" : "error"));
        }
    }
}
