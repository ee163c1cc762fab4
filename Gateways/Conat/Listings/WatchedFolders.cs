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

    private double Now => time.GetUtcNow().ToUnixTimeMilliseconds();

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
        times.Set(path, ListingWire.WithInterest(times.Get(path), (long)Now));
        Follow(path);
        Put(path, await GrainOf(path).List().ConfigureAwait(false));
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

    private void Follow(string path)
    {
        lock (_lock)
        {
            if (_folders.ContainsKey(path))
            {
                return;
            }

            if (_folders.Count >= options.MaxWatched)
            {
                Remove(_folders.Keys.MinBy(other => ListingWire.InterestOf(times.Get(other)))!);
            }

            var stop = new CancellationTokenSource();
            _folders[path] = new Followed(stop, FollowAsync(path, stop.Token));
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

    private async Task FollowAsync(string path, CancellationToken cancellationToken)
    {
        // Not under the lock of whoever starts it.
        await Task.Yield();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var snapshot in GrainOf(path).Follow(cancellationToken).WithBatchSize(1).ConfigureAwait(false))
                {
                    Put(path, snapshot);
                }
            }
            catch (Exception exception)
            {
                // The edge of the loop.
                if (cancellationToken.IsCancellationRequested)
                {
                    return;
                }

                LogNotFollowed(logger, path, exception);
            }

            await Task.Delay(RetryDelay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Put(string path, FolderSnapshot snapshot) => listings.Set(path, ListingWire.ToWire(snapshot, options.MaxEntries, (long)Now));

    [LoggerMessage(Level = LogLevel.Warning, Message = "The folder '{Path}' is not followed now; it is tried again")]
    private static partial void LogNotFollowed(ILogger logger, string path, Exception exception);

    private sealed record Followed(CancellationTokenSource Stop, Task Task);
}
