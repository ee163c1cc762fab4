using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Grains.Files;

/// <summary>How folders are watched (spec 06 §8); configuration section <c>DirectoryWatch</c>.</summary>
public sealed class DirectoryWatchOptions
{
    /// <summary>Least time between two looks at a folder that changes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan Debounce { get; set; } = TimeSpan.FromMilliseconds(2_000);

    /// <summary>
    /// How often it is looked whether a path leads to another folder now, and whether anything has changed where the system doesn't tell
    /// (<c>COCALC_FS_WATCHER_POLL_INTERVAL_MS</c>).
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(2_000);

    /// <summary>Most folders that the system is asked to watch at once; further ones are looked at again and again, as where the system's own limit is reached.</summary>
    [Range(0, 1_000_000)]
    public int MaxWatches { get; set; } = 1_000;

    /// <summary>Most entries shown; one more is listed, which says that there are more.</summary>
    [Range(1, 1_000_000)]
    public int MaxEntries { get; set; } = 500;
}
