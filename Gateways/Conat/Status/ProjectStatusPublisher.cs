using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Status;

namespace ProjectSilo.Gateways.Conat.Status;

/// <summary>
/// Tells everybody on <c>project.&lt;id&gt;.&lt;cs&gt;.project-status.-</c> how the project is (spec 14 §6), without waiting for anybody: what can't be sent is lost. By
/// this the project is scanned from the time on at which somebody can be told.
/// </summary>
internal sealed partial class ProjectStatusPublisher(
    ConatClient client,
    IGrainFactory grains,
    ApiIdentity identity,
    IOptions<ProjectStatusOptions> limits,
    TimeProvider time,
    ILogger<ProjectStatusPublisher> logger)
    : BackgroundService
{
    private readonly ProjectStatusOptions _options = limits.Value;

    private IProjectInfoGrain Grain => grains.GetGrain<IProjectInfoGrain>(GrainKey.Of(identity.ComputeServerId));

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var subject = ConatNames.ProjectSubject(identity.ProjectId, "project-status", identity.ComputeServerId);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (_options.ScanAtStart)
                {
                    // The call begins it.
                    await Grain.GetInfo().ConfigureAwait(false);
                }

                await client.WaitUntilSignedInAsync(stoppingToken).ConfigureAwait(false);
                while (_options.WaitForInterest && !await client.WaitForInterestAsync(subject, cancellationToken: stoppingToken).ConfigureAwait(false))
                {
                    // The broker answers so after a while.
                }

                // Before any scan, though one may have been made for somebody else by now.
                var told = ProjectStatus.Unknown;
                client.Publish(subject, ProjectInfoWire.ToWire(told, identity.Version));
                await foreach (var status in Grain.FollowStatus(stoppingToken).WithBatchSize(1).ConfigureAwait(false))
                {
                    if (status != told)
                    {
                        client.Publish(subject, ProjectInfoWire.ToWire(status, identity.Version));
                        told = status;
                    }
                }
            }
            catch (Exception exception)
            {
                // The edge of the loop.
                if (stoppingToken.IsCancellationRequested)
                {
                    return;
                }

                LogFailed(logger, exception);
            }

            await Task.Delay(_options.RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The project's status is not published now; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
