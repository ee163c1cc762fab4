using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Kernels.Pool;

namespace ProjectSilo.Grains.Kernels.Execution;

/// <summary>What each <see cref="KernelSession"/> needs.</summary>
internal sealed class KernelSessionServices(KernelPool pool, IOptions<KernelsOptions> options, TimeProvider time, ILogger<KernelSession> logger)
{
    public KernelPool Pool => pool;

    public KernelsOptions Limits { get; } = options.Value;

    public TimeProvider Time => time;

    public ILogger Logger => logger;
}
