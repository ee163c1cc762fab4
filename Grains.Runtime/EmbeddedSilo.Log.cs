using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace ProjectSilo.Grains.Runtime;

internal sealed partial class EmbeddedSilo
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Grain {GrainId} could not be activated.")]
        public static partial void ActivationFailed(ILogger logger, GrainId grainId, Exception exception);

        [LoggerMessage(2, LogLevel.Warning, "Grain {GrainId} was not deactivated cleanly.")]
        public static partial void DeactivationFailed(ILogger logger, GrainId grainId, Exception exception);

        [LoggerMessage(3, LogLevel.Error, "A timer of grain {GrainId} failed.")]
        public static partial void TimerFailed(ILogger logger, GrainId grainId, Exception exception);

        [LoggerMessage(4, LogLevel.Warning, "{Method} of grain {GrainId} failed after its caller had left.")]
        public static partial void FailedUnseen(ILogger logger, string method, GrainId grainId, Exception exception);

        [LoggerMessage(5, LogLevel.Warning, "{Count} activations did not end in time.")]
        public static partial void StopIncomplete(ILogger logger, int count);
    }
}
