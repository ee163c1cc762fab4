using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ProjectSilo.Gateways.Conat;

/// <summary>Traces and metrics of the conat gateway; methods are those of a service, e.g. <c>system.exec</c> of <c>api</c>.</summary>
internal static class ConatInstruments
{
    private static readonly ActivitySource Source = new("ProjectSilo.Gateways");
    private static readonly Meter Meter = new("ProjectSilo.Gateways");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("projectsilo.gateway.request.duration", "s", "Time to answer a request.");
    private static readonly Counter<long> FileBytes = Meter.CreateCounter<long>("projectsilo.gateway.files.transferred", "By", "Bytes of files streamed.");

    private static readonly KeyValuePair<string, object?> Conat = new("gateway", "conat");

    /// <summary>Starts the span of a request; null when nobody listens.</summary>
    public static Activity? StartRequest(string service, string method) =>
        Source.HasListeners()
            ? Source.StartActivity($"conat {service} {method}".TrimEnd(), ActivityKind.Server)?.SetTag("rpc.service", service).SetTag("rpc.method", method)
            : null;

    public static void Answered(string service, string method, bool success, TimeSpan elapsed)
    {
        if (Duration.Enabled)
        {
            Duration.Record(
                elapsed.TotalSeconds,
                Conat,
                new KeyValuePair<string, object?>("service", service),
                new KeyValuePair<string, object?>("method", method),
                new KeyValuePair<string, object?>("outcome", success ? "ok" : "error"));
        }
    }

    public static void FileTransferred(string service, long bytes) => FileBytes.Add(bytes, Conat, new KeyValuePair<string, object?>("service", service));
}
