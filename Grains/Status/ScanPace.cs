namespace ProjectSilo.Grains.Status;

/// <summary>How soon the next scan is: it is enough to look seldom while nobody asks and nothing is urgent (spec 14 §5).</summary>
internal sealed class ScanPace(ProjectInfoOptions options, TimeProvider time)
{
    private long _asked = time.GetTimestamp();

    /// <summary>Whether the pause that <see cref="Next"/> gave last is the long one.</summary>
    public bool IsIdle { get; private set; }

    /// <summary>Somebody asks.</summary>
    /// <returns>Whether the long pause ends now.</returns>
    public bool Asked()
    {
        _asked = time.GetTimestamp();
        var wasIdle = IsIdle;
        IsIdle = false;
        return wasIdle;
    }

    /// <summary>The pause after a scan.</summary>
    public TimeSpan Next(bool isUrgent)
    {
        // Those that compute are to be made nicer soon, whoever looks.
        IsIdle = !isUrgent && !options.AutoRenice && options.IdleScanInterval > options.ScanInterval && time.GetElapsedTime(_asked) > options.IdleAfter;
        return IsIdle ? options.IdleScanInterval : options.ScanInterval;
    }
}
