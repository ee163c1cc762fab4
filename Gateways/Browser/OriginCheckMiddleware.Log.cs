using Microsoft.Extensions.Logging;

namespace ProjectSilo.Gateways.Browser;

public static partial class OriginCheckMiddleware
{
    [LoggerMessage(LogLevel.Warning, "Refused an upgrade from origin {Origin} to host {Host}")]
    private static partial void LogRefused(ILogger logger, string origin, string? host);
}
