using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Files;

/// <summary>At the start, before anybody can ask for files: undoes the saves that a crash of an earlier run interrupted.</summary>
internal sealed partial class UnfinishedSavesRecovery(
    UnfinishedSaves saves, BlockingWork blockingWork, IOptions<FilesOptions> options, TimeProvider time, ILogger<UnfinishedSavesRecovery> logger)
    : IHostedService
{
    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var recovery = blockingWork.Run("unfinished saves", Recover, cancellationToken);
        try
        {
            await recovery.WaitAsync(options.Value.RecoveryTimeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            LogSlow(saves.Folder);
        }
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Recover()
    {
        try
        {
            saves.Recover(Report);
        }
        catch (Exception exception)
        {
            // The edge of a background task: the daemon starts all the same.
            LogFailed(exception, saves.Folder);
        }
    }

    private void Report(string path, PosixException? failure)
    {
        if (failure is null)
        {
            LogRecovered(path);
        }
        else
        {
            LogFailed(failure, path);
        }
    }
}
