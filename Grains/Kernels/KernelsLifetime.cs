using Microsoft.Extensions.Hosting;
using ProjectSilo.Grains.Kernels.Launch;
using ProjectSilo.Grains.Kernels.Pool;

namespace ProjectSilo.Grains.Kernels;

/// <summary>No process of a kernel outlives the daemon (spec 01 §17).</summary>
internal sealed class KernelsLifetime(KernelPool pool, RunningKernels running, KernelGuard guard) : IHostedService
{
    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        pool.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await pool.Stop(cancellationToken).ConfigureAwait(false);
        await running.Stop(cancellationToken).ConfigureAwait(false);
        await guard.End().ConfigureAwait(false);
    }
}
