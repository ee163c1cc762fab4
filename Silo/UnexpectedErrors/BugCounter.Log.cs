namespace ProjectSilo.Silo.UnexpectedErrors;

internal sealed partial class BugCounter
{
    [LoggerMessage(LogLevel.Error, "BUG (count={Count})")]
    private static partial void LogBug(ILogger logger, long count, Exception exception);
}
