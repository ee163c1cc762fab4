namespace ProjectSilo.Grains.Notebooks;

/// <summary>How much output the record of a cell holds (spec 10 §8.1).</summary>
/// <param name="MaxLength">UTF-16 code units of its messages' JSON.</param>
/// <param name="MaxMessages">Messages.</param>
internal readonly record struct CellOutputLimits(int MaxLength, int MaxMessages)
{
    private const int MostLength = 250_000;
    private const int LeastLength = 100;

    public static CellOutputLimits Default { get; } = new(MostLength, 500);

    /// <summary>The limits of a notebook with this <c>max_output_length</c> in its settings; null if it has none (spec 10 §6.2).</summary>
    public static CellOutputLimits Of(double? maxOutputLength) =>
        maxOutputLength is { } length && !double.IsNaN(length) ? Default with { MaxLength = (int)Math.Clamp(length, LeastLength, MostLength) } : Default;
}
