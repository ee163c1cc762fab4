using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Conat;

/// <summary>Asks the hub at the start and every two minutes whether it still takes this version (spec 01 §16, spec 06 §15), and ends the daemon if not.</summary>
internal sealed partial class VersionCheck(
    ConatClient client, ApiIdentity identity, IHostApplicationLifetime lifetime, IOptions<ConatGatewayOptions> options, TimeProvider time, ILogger<VersionCheck> logger)
    : BackgroundService
{
    private static readonly WireValue Version = new WireValue.Items(["version"]);

    private readonly ConatServiceClient _hub = new(client, $"hub.project.{identity.ProjectId}.api", ServiceClientOptions.HubApi);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.VersionCheckInterval, time);
        do
        {
            try
            {
                if (await Required(stoppingToken).ConfigureAwait(false) is var required && identity.Version < required)
                {
                    LogTooOld(logger, identity.Version, required);
                    await WaitForStart(stoppingToken).ConfigureAwait(false);
                    Environment.ExitCode = 1;
                    lifetime.StopApplication();
                    return;
                }
            }
            catch (ConatException exception)
            {
                // The next time it may answer.
                LogFailed(logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    /// <summary>A stop in the middle of the start would be a start that failed.</summary>
    private async Task WaitForStart(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The lowest version that the hub takes; what it doesn't say is 0.</summary>
    private async Task<double> Required(CancellationToken cancellationToken)
    {
        var answer = await _hub.CallAsync("system.getCustomize", [Version], cancellationToken: cancellationToken).ConfigureAwait(false);
        var member = identity.ComputeServerId > 0 ? "min_compute_server" : "min_project";
        return answer is WireValue.Members members && members["version"] is WireValue.Members versions && versions[member].AsNumber() is { } number && !double.IsNaN(number)
            ? number
            : 0;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "This version, {Version}, is older than {Required}, the oldest that the site takes; ending")]
    private static partial void LogTooOld(ILogger logger, long version, double required);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The hub could not be asked which versions it takes")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
