using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels.Launch;

/// <summary>What each <see cref="KernelProcess"/> needs.</summary>
internal sealed class KernelProcessServices(KernelGuard guard, BlockingWork blockingWork, IOptions<KernelsOptions> options, TimeProvider time, ILogger<KernelProcess> logger)
{
    public KernelGuard Guard => guard;

    public BlockingWork BlockingWork => blockingWork;

    public KernelsOptions Limits { get; } = options.Value;

    public TimeProvider Time => time;

    public ILogger Logger => logger;
}
