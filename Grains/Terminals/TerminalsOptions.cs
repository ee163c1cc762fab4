using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Grains.Terminals;

/// <summary>Bounds and times of terminals (spec 11); configuration section <c>Terminals</c>.</summary>
public sealed class TerminalsOptions
{
    /// <summary>The rate of entries in a stream is kept so much below what the stream takes, and input is paced by the latter in the reference.</summary>
    private const int Margin = 3;

    /// <summary>How many entries a second a browser is to draw (<c>COCALC_TERMINAL_MAX_MSGS_PER_SECOND</c>).</summary>
    [Range(1, 100_000)]
    public int MaxMessagesPerSecond { get; set; } = 24;

    /// <summary>
    /// Most bytes, as UTF-8, that are read and not yet taken; beyond it programs wait. Below what a stream keeps: entries that are larger would push out all before them,
    /// and have the next one refused, with the prompt in it. Three million bytes a second are more than anybody reads, and few enough that floods don't delay others.
    /// </summary>
    [Range(1, 512 * 1024 * 1024)]
    public int MaxWaitingOutput { get; set; } = 150_000;

    /// <summary>Most bytes that are typed and not yet read by the program; more is discarded, which is said.</summary>
    [Range(1, 512 * 1024 * 1024)]
    public int MaxWaitingInput { get; set; } = 1_000_000;

    /// <summary>After the hang-up a program has so long to end.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan HangUpGracePeriod { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Most terminals with a process at once; 0: as many as the system has.</summary>
    [Range(0, int.MaxValue)]
    public int MaxTerminals { get; set; }

    /// <summary>The least time between two entries.</summary>
    public TimeSpan OutputInterval => TimeSpan.FromSeconds(1) / Math.Max(1, MaxMessagesPerSecond - Margin);
}
