namespace ProjectSilo.Silo.Hosting;

internal sealed partial class PidRefresher
{
    [LoggerMessage(LogLevel.Warning, "The data folder was made anew, so it is no longer this daemon's: project.pid is not written")]
    private partial void LogFolderLost();

    [LoggerMessage(LogLevel.Warning, "project.pid could not be written")]
    private partial void LogNotWritten(Exception exception);
}
