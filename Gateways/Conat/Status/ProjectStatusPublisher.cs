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
/// this the project is scanned from the start on.
/// </summary>
internal sealed partial class ProjectStatusPublisher(
    ConatClient client, IGrainFactory grains, ApiIdentity identity, IOptions<ConatGatewayOptions> options, TimeProvider time, ILogger<ProjectStatusPublisher> logger)
    : BackgroundService
{
    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var subject = ConatNames.ProjectSubject(identity.ProjectId, "project-status", identity.ComputeServerId);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // At most one more than the last waits for the connection: without one, all would be lost.
                var statuses = grains.GetGrain<IProjectInfoGrain>(GrainKey.Of(identity.ComputeServerId)).FollowStatus(stoppingToken).WithBatchSize(1);
                var isConnected = false;
                await foreach (var status in statuses.ConfigureAwait(false))
                {
                    if (!isConnected)
                    {
                        await client.WaitUntilSignedInAsync(stoppingToken).ConfigureAwait(false);
                        isConnected = true;
                    }

                    client.Publish(subject, ProjectInfoWire.ToWire(status, identity.Version));
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

            await Task.Delay(options.Value.MaxRetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The project's status is not published now; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
