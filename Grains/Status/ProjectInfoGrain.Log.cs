using Microsoft.Extensions.Logging;

namespace ProjectSilo.Grains.Status;

internal sealed partial class ProjectInfoGrain
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The project could not be scanned; what was seen before holds")]
    private partial void LogScanFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Processes could not be made nicer")]
    private partial void LogReniceFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Process {Pid} could not be made nicer: errno {Errno}")]
    private partial void LogNotReniced(int pid, int errno);
}
