using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Gateways.Hub.PublicPaths;

/// <summary>
/// Keeps <c>last_edited</c> of the project's public paths up to date (spec 01 §13): learns of them by a changefeed of a hub, looks at each every 20 s, and tells the hub
/// when one was changed.
/// </summary>
internal sealed partial class PublicPathWatcher(
    IHubs hubs, IGrainFactory grains, ApiIdentity identity, IOptions<HubGatewayOptions> limits, TimeProvider time, ILogger<PublicPathWatcher> logger) : BackgroundService
{
    private const string Caller = "public paths";
    private static readonly WireValue SetOption = new WireValue.Items([new WireObject { ["set"] = true }.Build()]);

    private readonly HubGatewayOptions _options = limits.Value;

    /// <summary>Protects the table: the feed changes it while a pass goes on.</summary>
    private readonly Lock _lock = new();

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            // Never at once: who connects for a moment isn't bothered, nor one that has ended the feed.
            await Task.Delay(_options.PublicPathInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (hubs.HasGreeted && !stoppingToken.IsCancellationRequested)
            {
                await WatchAsync(stoppingToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Watches as long as the feed lasts.</summary>
    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        var table = new PublicPathTable(_options.MaxPublicPaths);
        using var feedEnd = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var looking = Task.CompletedTask;
        try
        {
            await foreach (var message in hubs.Changefeed(Query(), feedEnd.Token).ConfigureAwait(false))
            {
                lock (_lock)
                {
                    table.Apply(message);
                }

                if (looking == Task.CompletedTask)
                {
                    looking = LookAgainAsync(table, feedEnd.Token);
                }
            }
        }
        catch (Exception exception)
        {
            // The edge of the loop: the hub has gone, or refuses.
            if (!stoppingToken.IsCancellationRequested)
            {
                LogFeedEnded(logger, exception);
            }
        }

        await feedEnd.CancelAsync().ConfigureAwait(false);
        await looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task LookAgainAsync(PublicPathTable table, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(_options.PublicPathInterval, time, cancellationToken).ConfigureAwait(false);
            PublicPath[] paths;
            lock (_lock)
            {
                paths = [.. table.Paths];
            }

            foreach (var path in paths)
            {
                await LookAsync(table, path, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task LookAsync(PublicPathTable table, PublicPath path, CancellationToken cancellationToken)
    {
        try
        {
            var files = grains.GetGrain<IFilesGrain>(GrainKey.Of(identity.ComputeServerId));
            if (await files.FindNewer(path.Path, path.LastEdited, Caller).WaitAsync(cancellationToken).ConfigureAwait(false) is not { } edited)
            {
                return;
            }

            await hubs.Query(Edit(path, edited), SetOption, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                table.Edited(path, edited);
            }
        }
        catch (PosixException)
        {
            // It isn't there now.
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The edge of the loop: it is tried again.
            LogNotTold(logger, path.Path, exception);
        }
    }

    private WireValue.Members Query() => new WireObject
    {
        ["public_paths"] = new WireValue.Items([
            new WireObject
            {
                ["id"] = WireValue.Null,
                ["project_id"] = identity.ProjectId,
                ["path"] = WireValue.Null,
                ["last_edited"] = WireValue.Null,
                ["disabled"] = WireValue.Null,
            }.Build(),
        ]),
    }.Build();

    private WireValue.Items Edit(PublicPath path, double lastEdited) => new([
        new WireObject
        {
            ["public_paths"] = new WireObject
            {
                ["id"] = path.Id,
                ["last_edited"] = new WireObject { ["DateEpochMS"] = lastEdited }.Build(),
                ["project_id"] = identity.ProjectId,
                ["path"] = path.Path,
            }.Build(),
        }.Build(),
    ]);

    [LoggerMessage(Level = LogLevel.Information, Message = "The feed of public paths has ended; it is opened again")]
    private static partial void LogFeedEnded(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The hub could not be told that the public path '{Path}' was edited")]
    private static partial void LogNotTold(ILogger logger, string path, Exception exception);
}
