namespace ProjectSilo.Conat.Stores;

/// <summary>Points in time on the wire: milliseconds since 1970.</summary>
internal static class StoreTime
{
    private static readonly double Min = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly double Max = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The point in time; the nearest one that .NET has, and 1970 for no number.</summary>
    public static DateTimeOffset Read(double milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(double.IsNaN(milliseconds) ? 0 : (long)Math.Round(Math.Clamp(milliseconds, Min, Max)));
}
