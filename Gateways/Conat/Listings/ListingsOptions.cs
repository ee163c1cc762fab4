using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Gateways.Conat.Listings;

/// <summary>Bounds of the listings that browsers watch (spec 06 §8); configuration section <c>Listings</c>.</summary>
public sealed class ListingsOptions
{
    /// <summary>The configuration's section.</summary>
    public const string Section = "Listings";

    /// <summary>Most folders watched, as many as the stores have keys; one more takes the place of the one that nobody was interested in for longest.</summary>
    [Range(1, 10_000)]
    public int MaxWatched { get; set; } = 50;

    /// <summary>Most entries of a listing.</summary>
    [Range(1, 1_000_000)]
    public int MaxEntries { get; set; } = 500;

    /// <summary>A folder that nobody was interested in for so long is watched no more.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
    public TimeSpan InterestLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often it is looked for such folders.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan InterestCheckInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether the stores are opened at the start, so that folders that were watched before are watched again. Otherwise the first who asks opens them: a daemon with its own
    /// store that nobody talks to then needs no database.
    /// </summary>
    public bool OpenAtStart { get; set; } = true;
}
