using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Files;

/// <summary>
/// Lets equal listings at the same time share one scan (spec 09 §4). One that still waits for a thread of its caller's share is shared only with that
/// caller: a caller whose threads all hang holds up nobody else. Used on the grain's turns only.
/// </summary>
internal sealed class SharedListings(BlockingWork blockingWork, FilesOptions options)
{
    private readonly Dictionary<(string Path, bool Hidden, int? Limit), Listing> _running = [];

    /// <summary>The entries of the absolute <paramref name="path"/>.</summary>
    public Task<DirectoryListing> Run(string path, ListingRequest request, string caller)
    {
        var key = (path, request.Hidden, request.Limit);
        if (_running.TryGetValue(key, out var running) && (running.HasStarted || running.Caller == caller))
        {
            FilesInstruments.ListingShared();
            return running.Result;
        }

        var listing = new Listing(caller);
        _running[key] = listing;
        return listing.Result = Scan();

        async Task<DirectoryListing> Scan()
        {
            try
            {
                return await blockingWork.Run(caller, () =>
                {
                    listing.HasStarted = true;
                    FilesInstruments.ListingScanned();
                    return DirectoryScan.Run(path, request.Hidden, request.Limit, options);
                });
            }
            finally
            {
                if (_running.GetValueOrDefault(key) == listing)
                {
                    _running.Remove(key);
                }
            }
        }
    }

    private sealed class Listing(string caller)
    {
        private volatile bool _hasStarted;

        public string Caller { get; } = caller;

        /// <summary>Set by the thread that scans.</summary>
        public bool HasStarted
        {
            get => _hasStarted;
            set => _hasStarted = value;
        }

        public Task<DirectoryListing> Result { get; set; } = null!;
    }
}
