namespace ProjectSilo.Grains.Native;

/// <summary>A time of a file, since 1970.</summary>
internal readonly record struct FileTime(long Seconds, uint Nanoseconds)
{
    /// <summary>Seconds with a fraction of whole milliseconds (spec 09 §4).</summary>
    public double InSeconds => ((Seconds * 1000) + (Nanoseconds / 1_000_000)) / 1000.0;
}
