using Microsoft.Extensions.Logging;

namespace ProjectSilo.Conat.Server.Persist;

/// <summary>What sockets of streams log.</summary>
internal static partial class PersistLog
{
    [LoggerMessage(LogLevel.Error, "A socket of {Subject} failed")]
    public static partial void SocketFailed(ILogger logger, string subject, Exception exception);

    [LoggerMessage(LogLevel.Debug, "An answer of {Subject} didn't reach its client")]
    public static partial void AnswerLost(ILogger logger, string subject, Exception exception);

    [LoggerMessage(LogLevel.Error, "A request of {Subject} failed")]
    public static partial void RequestFailed(ILogger logger, string subject, Exception exception);
}
