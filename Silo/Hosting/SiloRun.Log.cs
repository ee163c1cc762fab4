namespace ProjectSilo.Silo.Hosting;

internal sealed partial class SiloRun
{
    [LoggerMessage(LogLevel.Information, "Ready: hub port {HubPort}, browser port {BrowserPort}, API port {ApiPort}")]
    private partial void LogReady(int hubPort, int browserPort, int apiPort);

    [LoggerMessage(LogLevel.Information, "Stopping; signal {Signal}")]
    private partial void LogStopping(int? signal);

    [LoggerMessage(LogLevel.Error, "The daemon failed")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "The stop was not complete")]
    private partial void LogStopIncomplete(Exception exception);

    [LoggerMessage(LogLevel.Warning, "COCALC_EXTRA_ENV is not base64 of a JSON object; nothing of it is set")]
    private partial void LogExtraEnvironmentInvalid();

    [LoggerMessage(LogLevel.Warning, "Asked for, but not available yet: {Feature}")]
    private partial void LogNotAvailable(string feature);

    [LoggerMessage(LogLevel.Warning, "The link {Name} in the data folder could not be made")]
    private partial void LogNoLink(string name);
}
