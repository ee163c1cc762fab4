using Microsoft.Extensions.Logging;

namespace ProjectSilo.Grains.Files;

internal sealed partial class DirectoryWatchGrain
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The folder {Path} could not be watched; it is tried again")]
    private partial void LogWatchFailed(string path, Exception exception);
}
