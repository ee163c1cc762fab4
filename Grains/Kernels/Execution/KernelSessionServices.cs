using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Kernels.Pool;
using ProjectSilo.Grains.Status;

namespace ProjectSilo.Grains.Kernels.Execution;

/// <summary>What each <see cref="KernelSession"/> needs.</summary>
internal sealed class KernelSessionServices(KernelPool pool, ProcessRoles roles, IOptions<KernelsOptions> options, TimeProvider time, ILogger<KernelSession> logger)
{
    public KernelPool Pool => pool;

    public ProcessRoles Roles => roles;

    public KernelsOptions Limits { get; } = options.Value;

    public TimeProvider Time => time;

    public ILogger Logger => logger;
}
