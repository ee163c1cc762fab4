namespace ProjectSilo.Silo.InitScript;

internal sealed partial class InitScriptRunner
{
    [LoggerMessage(LogLevel.Information, "Init script {Script} runs as process {Pid}")]
    private partial void LogStarted(string script, int pid);

    [LoggerMessage(LogLevel.Information, "Init script {Script} ended: exit code {Code}, signal {Signal}")]
    private partial void LogEnded(string script, int? code, int? signal);

    [LoggerMessage(LogLevel.Warning, "Init script {Script} was not run")]
    private partial void LogNotRun(string script, Exception exception);
}
