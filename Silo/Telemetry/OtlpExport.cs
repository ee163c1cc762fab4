using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ProjectSilo.Grains.Project;
using ProjectSilo.Silo.DataDirectory;

namespace ProjectSilo.Silo.Telemetry;

/// <summary>
/// Owns the OpenTelemetry providers, which send traces and metrics by OTLP. Endpoint, protocol (<c>OTEL_EXPORTER_OTLP_PROTOCOL</c>), headers and
/// sampling are read by OpenTelemetry from the environment.
/// </summary>
internal sealed class OtlpExport(ProjectSettings project, ProcessSession session) : IHostedService, IDisposable
{
    private const int FlushMilliseconds = 1_000;

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var resource = ResourceBuilder.CreateDefault().AddAttributes(
        [
            new("service.instance.id", session.SessionId),
            new("cocalc.project_id", project.ProjectId),
            new("cocalc.compute_server_id", project.ComputeServerId),
        ]);
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME")))
        {
            resource.AddService("projectsilo", autoGenerateServiceInstanceId: false);
        }

        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource("ProjectSilo.*", "Microsoft.AspNetCore")
            .AddOtlpExporter()
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter("ProjectSilo.*", "Microsoft.AspNetCore.*", "System.Runtime")
            .AddOtlpExporter()
            .Build();
        return Task.CompletedTask;
    }

    /// <summary>Sends what is left. The exporters block while sending, so they do it on a thread of their own and within the stop's bound.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () =>
            {
                _traces?.Shutdown(FlushMilliseconds);
                _metrics?.Shutdown(FlushMilliseconds);
            },
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }
}
