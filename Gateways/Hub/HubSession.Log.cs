using Microsoft.Extensions.Logging;

namespace ProjectSilo.Gateways.Hub;

internal sealed partial class HubSession
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Session}: a frame longer than {MaxFrameBytes} bytes is announced; closing")]
    private static partial void LogFrameTooLong(ILogger logger, string session, long maxFrameBytes);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Session}: dropped a malformed frame of type {Type} with {Bytes} bytes")]
    private static partial void LogFrameDropped(ILogger logger, string session, byte type, long bytes);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Session}: the hub reports an error")]
    private static partial void LogHubError(ILogger logger, string session);

    [LoggerMessage(Level = LogLevel.Error, Message = "Handling {Event} failed")]
    private static partial void LogRequestFailed(ILogger logger, string @event, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Session}: closing because {Reason}")]
    private static partial void LogDisconnect(ILogger logger, string session, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Session}: a large answer was dropped with its connection")]
    private static partial void LogAnswerDropped(ILogger logger, string session);
}
