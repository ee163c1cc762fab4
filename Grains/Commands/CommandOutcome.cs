using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Commands;

/// <summary>How a command ended (spec 09 §1.8).</summary>
/// <param name="TimedOut">It was killed by its time limit.</param>
/// <param name="NotStarted">Why there was no process, or null.</param>
/// <param name="ExitCode">1 if there was no process, 0 if it died by a signal.</param>
internal sealed record CommandOutcome(bool TimedOut, PosixException? NotStarted, int ExitCode)
{
    /// <summary>The signal that it died by, or null.</summary>
    public int? Signal { get; init; }
}
