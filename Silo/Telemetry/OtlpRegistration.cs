namespace ProjectSilo.Silo.Telemetry;

/// <summary>
/// Decides about the OTLP export without naming a type of OpenTelemetry, so that its assemblies stay unloaded where nobody asks for it.
/// </summary>
internal static class OtlpRegistration
{
    /// <summary>Adds the export if <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</summary>
    public static void AddOtlpExportIfAsked(this IServiceCollection services, IReadOnlyDictionary<string, string> environment)
    {
        if (environment.GetValueOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 })
        {
            services.AddHostedService<OtlpExport>();
        }
    }
}
