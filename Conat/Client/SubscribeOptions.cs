namespace ProjectSilo.Conat;

/// <summary>How to subscribe (spec 05 §8.1).</summary>
public sealed record SubscribeOptions
{
    internal static SubscribeOptions Default { get; } = new();

    /// <summary>The queue group, of which one member gets a message; null is a fresh one: every message comes here.</summary>
    public string? Queue { get; init; }

    /// <summary>Most messages that wait to be read.</summary>
    public int MaxMessages { get; init; } = 10_000;

    /// <summary>Most bytes of payload that wait to be read; one message always fits.</summary>
    public long MaxBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>What happens beyond these.</summary>
    public ConatOverflow Overflow { get; init; }
}
