namespace ProjectSilo.Benchmarks;

/// <summary>Of few numbers.</summary>
internal static class Statistics
{
    public static double Median(this IEnumerable<double> values) => Percentile(values, 0.5);

    /// <param name="values">At least one.</param>
    /// <param name="rank">0 to 1.</param>
    public static double Percentile(this IEnumerable<double> values, double rank)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)(rank * sorted.Length))];
    }
}
