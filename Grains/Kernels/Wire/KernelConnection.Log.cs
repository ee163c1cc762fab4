using Microsoft.Extensions.Logging;

namespace ProjectSilo.Grains.Kernels.Wire;

internal sealed partial class KernelConnection
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "A kernel's message on {Channel} has a wrong signature, or is none; it and all such are dropped")]
    private partial void LogInvalid(KernelChannel channel);

    [LoggerMessage(Level = LogLevel.Error, Message = "Reading a kernel's {Channel} socket failed")]
    private partial void LogFailed(Exception exception, KernelChannel channel);
}
