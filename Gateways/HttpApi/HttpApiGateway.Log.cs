using Microsoft.Extensions.Logging;

namespace ProjectSilo.Gateways.HttpApi;

public sealed partial class HttpApiGateway
{
    [LoggerMessage(LogLevel.Error, "HTTP API: {Endpoint} failed")]
    private partial void LogFailed(Exception exception, string endpoint);

    [LoggerMessage(LogLevel.Debug, "HTTP API: the client is gone")]
    private partial void LogClientGone(Exception exception);

    [LoggerMessage(LogLevel.Warning, "HTTP API: login refused")]
    private partial void LogLoginRefused();
}
