namespace ProjectSilo.Conat.Stores;

/// <summary>How a feed went on after an interruption.</summary>
internal enum FeedResumption
{
    /// <summary>All new rows of the gap have been told.</summary>
    CaughtUp = 1,

    /// <summary>The stream isn't the one of before, or it isn't known where the feed was: everything has to be fetched.</summary>
    Unknown,
}
