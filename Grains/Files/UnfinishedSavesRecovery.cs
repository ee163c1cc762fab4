using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Files;

/// <summary>
/// At the start, before anybody can ask for files: undoes the saves that a crash of an earlier run interrupted. Should that take long it goes on beside the
/// clients' writes, under the same locks.
/// </summary>
internal sealed partial class UnfinishedSavesRecovery(
    UnfinishedSaves saves, WriteLocks writeLocks, BlockingWork blockingWork, IOptions<FilesOptions> options, TimeProvider time, ILogger<UnfinishedSavesRecovery> logger)
    : IHostedService
{
    private const string Caller = "unfinished saves";

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var recovery = Recover(cancellationToken);
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

    private async Task Recover(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var save in await blockingWork.Run(Caller, () => saves.FindUnfinished(ReportFailed), cancellationToken))
            {
                await Recover(save, cancellationToken);
            }
        }
        catch (Exception exception)
        {
            // The edge of a background task: the daemon starts all the same.
            LogFailed(exception, saves.Folder);
        }
    }

    private async Task Recover(UnfinishedSaves.Unfinished save, CancellationToken cancellationToken)
    {
        try
        {
            var recovered = save.Path is null
                ? await blockingWork.Run(Caller, () => saves.Recover(save), cancellationToken)
                : await RecoverLocked(save, save.Path, cancellationToken);
            if (recovered is { Path: { } path, Beside: var beside })
            {
                if (beside)
                {
                    LogBeside(save.Path!, path);
                }
                else
                {
                    LogRecovered(path);
                }
            }
        }
        catch (Exception exception) when (exception is PosixException or RequestException)
        {
            ReportFailed(save.Path ?? save.Record, exception);
        }
    }

    private async Task<RecoveredSave> RecoverLocked(UnfinishedSaves.Unfinished save, string path, CancellationToken cancellationToken)
    {
        var name = await blockingWork.Run(Caller, () => WholeFileWriter.LockOf(path), cancellationToken);
        using var fileLock = await writeLocks.Acquire(name, cancellationToken);
        return await blockingWork.Run(Caller, () => saves.Recover(save), cancellationToken);
    }

    private void ReportFailed(string path, Exception failure) => LogFailed(failure, path);
}
