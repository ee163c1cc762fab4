using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Kernels.Discovery;
using ProjectSilo.Grains.Kernels.Launch;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels;

/// <summary>Which kernels are installed, and which run (spec 10 §1, §2).</summary>
internal sealed class KernelDirectoryGrain(KernelSpecs specs, RunningKernels running, BlockingWork blockingWork, IOptions<KernelsOptions> options, TimeProvider time) : Grain, IKernelDirectoryGrain
{
    private readonly KernelLogos _logos = new(blockingWork, options.Value, time);

    /// <inheritdoc />
    public Task<ImmutableArray<KernelSpec>> Kernels(bool isFresh) => specs.Get(isFresh);

    /// <inheritdoc />
    public async Task<KernelLogo> Logo(string name, bool isFresh)
    {
        var spec = KernelSpecs.Find(await specs.Get(isFresh), name) ?? throw new RequestException($"no such kernel '{name}'");
        return await _logos.Get(spec, isFresh);
    }

    /// <inheritdoc />
    public Task<ImmutableArray<RunningKernel>> Running() => Task.FromResult(running.List());

    /// <inheritdoc />
    public Task<bool> Stop(int pid) => Task.FromResult(running.TryKill(pid));
}
