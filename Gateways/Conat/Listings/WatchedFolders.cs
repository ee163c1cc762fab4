using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Gateways.Conat.Listings;

/// <summary>The folders that browsers are interested in: each is followed, and what it holds goes into the store <c>listings</c>.</summary>
internal sealed partial class WatchedFolders(Dkv listings, Dkv times, IGrainFactory grains, ApiIdentity identity, ListingsOptions options, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>Protects the folders.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Followed> _folders = new(StringComparer.Ordinal);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Watches again what was watched before, as long as somebody was interested lately.</summary>
    public void Resume()
    {
        foreach (var (path, value) in times.GetAll())
        {
            if (IsLate(ListingWire.InterestOf(value)))
            {
                continue;
            }

            Follow(path);
        }
    }

    /// <summary>Somebody is interested in a folder: its listing is made anew, and kept up to date from now on.</summary>
    public async Task Watch(string path)
    {
        times.Set(path, ListingWire.WithInterest(times.Get(path), Now));
        var (folder, isNew) = Follow(path);
        if (isNew)
        {
            // Whoever follows is told at first how it is: another look would cost as much again.
            await folder.Stored.Task.ConfigureAwait(false);
        }
        else
        {
            Put(folder, await GrainOf(path).List().ConfigureAwait(false));
        }
    }

    /// <summary>Watches no more what nobody is interested in.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            foreach (var path in _folders.Keys.Where(path => IsLate(ListingWire.InterestOf(times.Get(path)))).ToList())
            {
                Remove(path);
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Task[] ends;
        lock (_lock)
        {
            ends = [.. _folders.Values.Select(folder => folder.Task)];
            foreach (var path in _folders.Keys.ToList())
            {
                Remove(path);
            }
        }

        await Task.WhenAll(ends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await listings.DisposeAsync().ConfigureAwait(false);
        await times.DisposeAsync().ConfigureAwait(false);
    }

    private bool IsLate(double interest) => Now - interest > options.InterestLifetime.TotalMilliseconds;

    private IDirectoryWatchGrain GrainOf(string path) => grains.GetGrain<IDirectoryWatchGrain>(GrainKey.Of(identity.ComputeServerId, path));

    private (Followed Folder, bool IsNew) Follow(string path)
    {
        lock (_lock)
        {
            if (_folders.TryGetValue(path, out var folder))
            {
                return (folder, false);
            }

            if (_folders.Count >= options.MaxWatched)
            {
                Remove(_folders.Keys.MinBy(other => ListingWire.InterestOf(times.Get(other)))!);
            }

            folder = new Followed(path);
            folder.Task = FollowAsync(folder, folder.Stop.Token);
            _folders[path] = folder;
            return (folder, true);
        }
    }

    private void Remove(string path)
    {
        if (_folders.Remove(path, out var folder))
        {
            folder.Stop.Cancel();
            folder.Stop.Dispose();
        }
    }

    private async Task FollowAsync(Followed folder, CancellationToken cancellationToken)
    {
        // Not under the lock of whoever starts it.
        await Task.Yield();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var snapshot in GrainOf(folder.Path).Follow(cancellationToken).WithBatchSize(1).ConfigureAwait(false))
                {
                    if (!snapshot.IsSameAs(folder.Last))
                    {
                        Put(folder, snapshot);
                    }
                }
            }
            catch (Exception exception)
            {
                // The edge of the loop.
                if (!cancellationToken.IsCancellationRequested)
                {
                    LogNotFollowed(logger, folder.Path, exception);
                }
            }

            folder.Stored.TrySetResult();
            await Task.Delay(RetryDelay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        folder.Stored.TrySetResult();
    }

    private void Put(Followed folder, FolderSnapshot snapshot)
    {
        var now = Now;
        listings.Set(folder.Path, ListingWire.ToWire(snapshot, options.MaxEntries, now));
        times.Set(folder.Path, ListingWire.WithUpdate(times.Get(folder.Path), now));
        folder.Last = snapshot;
        folder.Stored.TrySetResult();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The folder '{Path}' is not followed now; it is tried again")]
    private static partial void LogNotFollowed(ILogger logger, string path, Exception exception);

    private sealed class Followed(string path)
    {
        public string Path { get; } = path;

        public CancellationTokenSource Stop { get; } = new();

        public Task Task { get; set; } = Task.CompletedTask;

        /// <summary>Its first listing is in the store, or could not be made.</summary>
        public TaskCompletionSource Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>What was stored last.</summary>
        public FolderSnapshot? Last { get; set; }
    }
}
