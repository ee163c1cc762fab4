using Orleans.Concurrency;

namespace ProjectSilo.Grains.Interfaces.Files;

/// <summary>Watches a folder while somebody follows it, but not its sub-folders (spec 06 §8). Key: <c>{compute server}/{path}</c>, the path as in a listing.</summary>
[Alias("ProjectSilo.IDirectoryWatchGrain")]
public interface IDirectoryWatchGrain : IGrainWithStringKey
{
    /// <summary>The folder now.</summary>
    [AlwaysInterleave]
    Task<FolderSnapshot> List();

    /// <summary>
    /// The folder now, and again whenever it has changed: at once after a while without changes, and not more than once in two seconds. All followers share one watch; one
    /// that is slow gets the last.
    /// </summary>
    [AlwaysInterleave]
    IAsyncEnumerable<FolderSnapshot> Follow(CancellationToken cancellationToken);
}
