using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Native;
using ProjectSilo.Silo.DataDirectory;

namespace ProjectSilo.Silo.Hosting;

/// <summary>Writes <c>project.pid</c> every 30 s, also after somebody deleted it (spec 01 §7).</summary>
internal sealed partial class PidRefresher(
    DataFiles files, BlockingWork blockingWork, IOptions<SiloOptions> options, TimeProvider time, ILogger<PidRefresher> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.PidRefreshInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (!await blockingWork.Run("project.pid", files.RefreshPid, stoppingToken))
                {
                    LogFolderLost();
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                LogNotWritten(exception);
            }
        }
    }
}
