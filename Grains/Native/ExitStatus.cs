namespace ProjectSilo.Grains.Native;

/// <summary>How a process ended: with an exit code or by a signal, never both. Nothing is mapped to <c>128 + n</c>.</summary>
/// <param name="Code">0 to 255, or null when it died by a signal.</param>
/// <param name="Signal">The signal's number, or null when it exited.</param>
public readonly record struct ExitStatus(int? Code, int? Signal)
{
    /// <summary>From the status word of <c>waitpid</c>.</summary>
    internal static ExitStatus FromWaitStatus(int status)
    {
        var signal = status & 0x7f;
        return signal == 0 ? new ExitStatus((status >> 8) & 0xff, null) : new ExitStatus(null, signal);
    }
}
