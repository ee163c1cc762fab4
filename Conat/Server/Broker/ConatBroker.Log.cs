using Microsoft.Extensions.Logging;

namespace ProjectSilo.Conat.Server.Broker;

public sealed partial class ConatBroker
{
    [LoggerMessage(LogLevel.Error, "A connection failed")]
    private static partial void LogConnectionFailed(ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Error, "Signing in failed")]
    private static partial void LogAuthenticationFailed(ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Dropped the connection of {User}: more than {MaxQueuedBytes} bytes wait for it")]
    private static partial void LogSlowConsumer(ILogger logger, string user, long maxQueuedBytes);

    [LoggerMessage(LogLevel.Information, "Refused a connection from {Address}: {Reason}")]
    private static partial void LogRefused(ILogger logger, string address, string reason);
}
