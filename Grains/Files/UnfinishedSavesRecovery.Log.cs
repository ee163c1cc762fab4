using Microsoft.Extensions.Logging;

namespace ProjectSilo.Grains.Files;

internal sealed partial class UnfinishedSavesRecovery
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "A save of an earlier run did not end; undone: {Path}")]
    private partial void LogRecovered(string path);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A save of an earlier run did not end, and {Path} has been written to since; it stays, and what was in it before that save is in {Recovered}")]
    private partial void LogBeside(string path, string recovered);

    [LoggerMessage(Level = LogLevel.Error, Message = "An unfinished save could not be undone; kept for the next start: {Path}")]
    private partial void LogFailed(Exception exception, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Undoing unfinished saves in {Folder} takes long; the start goes on meanwhile")]
    private partial void LogSlow(string folder);
}
