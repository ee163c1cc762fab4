using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Notebooks;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>The time that all runs may take together, which is looked at only before one begins (spec 10 §11).</summary>
internal static class TotalTime
{
    /// <summary>Whether nothing more may begin.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="now">ms since the epoch.</param>
    public static bool IsOver(this ExecutionLimits limits, double now) => limits is { TotalMilliseconds: not 0, StartTime: { } start } && now - start > limits.TotalMilliseconds;

    /// <summary><c>Total time limit (=1 seconds) exceeded</c></summary>
    public static string TotalTimeError(this ExecutionLimits limits) => $"Total time limit (={JavaScript.NumberToText(limits.TotalMilliseconds / 1_000)} seconds) exceeded";
}
