using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Gateways.Conat.Listings;

/// <summary>
/// <c>services.project-&lt;id&gt;.&lt;cs&gt;.listings._</c> (spec 06 §8): <c>{"name":"watch","args":["d"]}</c> has a folder's listing kept in the store <c>listings</c> for ten
/// minutes, <c>{"name":"getListing","args":[{"path":"d"}]}</c> is answered by one.
/// </summary>
internal sealed partial class ListingsService(
    ConatClient client, IGrainFactory grains, ApiIdentity identity, IOptions<ListingsOptions> limits, TimeProvider time, ILogger<ListingsService> logger)
    : IHostedService, IBusService, IDisposable
{
    private readonly ListingsOptions _options = limits.Value;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<WatchedFolders> _folders = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Protects the field below.</summary>
    private readonly Lock _lock = new();

    /// <summary>Keeps the stores open; null until somebody wants them.</summary>
    private Task? _keeping;

    /// <inheritdoc />
    public string Name => "listings";

    /// <summary>Calls of one folder one after the other: the last listing is the last one stored.</summary>
    public ServiceOptions Options => ServiceOptions.Typed with { KeyOf = static call => call.Name == "watch" ? call[0].AsText() : null };

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.OpenAtStart)
        {
            Open();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task? keeping;
        lock (_lock)
        {
            keeping = _keeping;
        }

        if (keeping is not null)
        {
            await keeping.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _stopping.Dispose();

    /// <inheritdoc />
    public string Subject(ApiIdentity identity) => ConatNames.ServiceSubject(identity.ProjectId, Name, identity.ComputeServerId);

    /// <inheritdoc />
    public string MethodOf(ConatCall call) => call.Name is "watch" or "getListing" ? call.Name : "unknown";

    /// <inheritdoc />
    public async ValueTask<WireValue> Handle(ConatCall call, BusRequest request, CancellationToken cancellationToken)
    {
        switch (call.Name)
        {
            case "watch":
                var path = ListingWire.PathOf(call[0].AsText() ?? throw new RequestException("path must be a string"));
                Open();
                var folders = await _folders.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
                await folders.Watch(path).ConfigureAwait(false);
                return WireValue.Null;
            case "getListing":
                var options = call[0] as WireValue.Members ?? new WireValue.Members([]);
                var wanted = new ListingRequest(options.OptionalText("path"), options["hidden"].IsTruthy());
                var listing = await grains.GetGrain<IFilesGrain>(GrainKey.Of(identity.ComputeServerId)).List(wanted, request.Caller).ConfigureAwait(false);
                return new WireValue.Sequence(listing.Count, listing.Entries.Select(FileMethods.Entry));
            default:
                throw new RequestException($"unknown function '{call.Name}'");
        }
    }

    private void Open()
    {
        lock (_lock)
        {
            if (_keeping is null && !_stopping.IsCancellationRequested)
            {
                _keeping = Keep(_stopping.Token);
            }
        }
    }

    private async Task Keep(CancellationToken stoppingToken)
    {
        try
        {
            // Each for as long as it takes, and for as long as the client lives.
            var stores = new ProjectStores(identity.ProjectId);
            var listings = await client.OpenDkvAsync(stores.Listings, stoppingToken).ConfigureAwait(false);
            var times = await client.OpenDkvAsync(stores.ListingsTimes, stoppingToken).ConfigureAwait(false);
            await using var folders = new WatchedFolders(listings, times, grains, identity, _options, time, logger);
            folders.Resume();
            _folders.SetResult(folders);
            using var timer = new PeriodicTimer(_options.InterestCheckInterval, time);
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                folders.Forget();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The daemon stops.
        }
        catch (ConatException exception)
        {
            // The client is closed, or may not have these stores.
            LogFailed(logger, exception);
            _folders.TrySetException(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Folders can't be watched")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
