namespace ProjectSilo.Benchmarks.Report;

/// <summary>One line of the report.</summary>
/// <param name="Group">What <c>--filter</c> selects.</param>
/// <param name="What">What was measured.</param>
/// <param name="Unit">Unit of the figures.</param>
/// <param name="Ours">Our figure.</param>
/// <param name="Bar">What it must keep, as text; empty if it is for orientation only.</param>
internal sealed record Row(string Group, string What, string Unit, double Ours, string Bar)
{
    /// <summary>Whether the bar is kept; null without one.</summary>
    public bool? Ok { get; private init; }

    /// <summary>What it is compared with.</summary>
    public string? BaselineName { get; private init; }

    public double? Baseline { get; private init; }

    /// <summary>Ours divided by the baseline.</summary>
    public double? Ratio => Ours / Baseline;

    /// <summary>Bound by a ratio to a baseline of the same run.</summary>
    public static Row OfRatio(string group, string what, string unit, double ours, string baselineName, double baseline, double most) =>
        new(group, what, unit, ours, $"≤ {most:0.##}×") { BaselineName = baselineName, Baseline = baseline, Ok = ours <= most * baseline };

    /// <summary>As <see cref="OfRatio"/>, of a figure that must not be low.</summary>
    public static Row OfLeastRatio(string group, string what, string unit, double ours, string baselineName, double baseline, double least) =>
        new(group, what, unit, ours, $"≥ {least:0.##}×") { BaselineName = baselineName, Baseline = baseline, Ok = ours >= least * baseline };

    public static Row AtMost(string group, string what, string unit, double ours, double most) =>
        new(group, what, unit, ours, $"≤ {most:#,0.##}") { Ok = ours <= most };

    public static Row AtLeast(string group, string what, string unit, double ours, double least) =>
        new(group, what, unit, ours, $"≥ {least:#,0.##}") { Ok = ours >= least };

    /// <summary>For orientation.</summary>
    public static Row Info(string group, string what, string unit, double ours) => new(group, what, unit, ours, "");

    /// <summary>Adds a baseline that the bar does not depend on.</summary>
    public Row Beside(string name, double baseline) => this with { BaselineName = name, Baseline = baseline };
}
