using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Kernels.Launch;
using ProjectSilo.Grains.Kernels.Pool;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels;

/// <summary>
/// The begin and the end: a spare kernel where the last daemon had one (spec 10 §3), and no process that outlives the daemon (spec 01 §17). A daemon that is asked for no kernel makes nothing for
/// them.
/// </summary>
internal sealed partial class KernelsLifetime(
    IServiceProvider services, BlockingWork blockingWork, IOptions<KernelsOptions> options, TimeProvider time, ILogger<KernelsLifetime> logger) : IHostedService, IDisposable
{
    private ITimer? _timer;

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value is { PoolSize: > 0, PoolConfigurationFile.Length: > 0 })
        {
            _timer = time.CreateTimer(_ => BeginPool(), null, options.Value.PoolInterval, Timeout.InfiniteTimeSpan);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        await services.GetRequiredService<KernelPool>().Stop(cancellationToken).ConfigureAwait(false);
        await services.GetRequiredService<RunningKernels>().Stop(cancellationToken).ConfigureAwait(false);
        await services.GetRequiredService<KernelGuard>().End().ConfigureAwait(false);
    }

    /// <inheritdoc />
    public void Dispose() => _timer?.Dispose();

    private async void BeginPool()
    {
        try
        {
            if (await blockingWork.Run("kernel pool", () => File.Exists(options.Value.PoolConfigurationFile)).ConfigureAwait(false))
            {
                services.GetRequiredService<KernelPool>().Begin();
            }
        }
        catch (Exception exception) when (exception is RequestException or ObjectDisposedException)
        {
            // Too much is going on, or the daemon has just ended: the pool begins when it is first wanted.
            LogPoolNotBegun(logger, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The kernel pool waits until it is wanted")]
    private static partial void LogPoolNotBegun(ILogger logger, Exception exception);
}
