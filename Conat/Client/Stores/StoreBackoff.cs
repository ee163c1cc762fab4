namespace ProjectSilo.Conat.Stores;

/// <summary>The pauses between tries (spec 07, notation): at once, then <c>start * decay</c>, each so many times longer than the one before, up to a longest one.</summary>
/// <param name="start">In milliseconds.</param>
/// <param name="decay">How much longer each is.</param>
/// <param name="max">The longest, in milliseconds.</param>
/// <param name="min">The shortest, in milliseconds.</param>
internal sealed class StoreBackoff(double start, double decay, double max, double min = 50)
{
    private double _delay = Math.Max(min, start);

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        _delay = Math.Max(min, Math.Min(max, _delay * decay));
        return TimeSpan.FromMilliseconds(_delay);
    }

    /// <summary>Begins anew.</summary>
    public void Reset() => _delay = Math.Max(min, start);
}
