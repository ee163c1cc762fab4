using Microsoft.Extensions.Logging;

namespace ProjectSilo.Conat.Server.Persist.Engine;

internal sealed partial class PersistStream
{
    [LoggerMessage(LogLevel.Error, "Work of the stream {Path} failed")]
    private static partial void LogFailed(ILogger logger, string path, Exception exception);

    [LoggerMessage(LogLevel.Warning, "The file of the stream {Path} can't be used as it should")]
    private static partial void LogStorage(ILogger logger, string path, Exception exception);

    [LoggerMessage(LogLevel.Warning, "The stream {Path} was not copied")]
    private static partial void LogNotCopied(ILogger logger, string path, Exception exception);
}
