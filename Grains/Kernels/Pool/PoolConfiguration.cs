using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels.Pool;

/// <summary>The file by which the next daemon knows what kind of spare was last wanted (spec 10 §3). Where it can't be read or written, that is logged, and there is none.</summary>
internal sealed partial class PoolConfiguration(BlockingWork blockingWork, IOptions<KernelsOptions> options, ILogger<PoolConfiguration> logger)
{
    private const string Caller = "kernel pool";
    private const int MaxBytes = 1_000_000;

    private readonly string _file = options.Value.PoolConfigurationFile;

    public async Task Write(PoolKind kind, CancellationToken cancellationToken)
    {
        if (_file.Length == 0)
        {
            return;
        }

        try
        {
            await blockingWork.Run(
                Caller,
                () =>
                {
                    Folders.MakeContaining(_file);
                    File.WriteAllText(_file, kind.Key);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or PosixException or RequestException)
        {
            LogFailed(logger, exception);
        }
    }

    /// <returns>Null if there is none, or nonsense.</returns>
    public async Task<PoolKind?> Read()
    {
        try
        {
            return _file.Length == 0
                ? null
                : await blockingWork.Run(Caller, () => File.Exists(_file) ? PoolKind.TryParse(RegularFile.Read(_file, _file, "open", MaxBytes)) : null).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is PosixException or RequestException)
        {
            LogFailed(logger, exception);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The configuration of the kernel pool could not be read or written")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
