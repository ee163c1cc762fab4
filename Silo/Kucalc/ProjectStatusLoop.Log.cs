namespace ProjectSilo.Silo.Kucalc;

internal sealed partial class ProjectStatusLoop
{
    [LoggerMessage(LogLevel.Information, "The project's status was not reported to a hub")]
    private partial void LogNotReported(Exception exception);
}
