using System.Collections.Immutable;
using Orleans.Concurrency;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>Which kernels are installed, and which run (spec 10 §1, §2). Key: <see cref="GrainKey.Of(int)"/>.</summary>
[Alias("ProjectSilo.IKernelDirectoryGrain")]
public interface IKernelDirectoryGrain : IGrainWithStringKey
{
    /// <summary>The installed kernels, by display name.</summary>
    /// <param name="isFresh">Whether the folders are read anew; else what is known may be 15 s old.</param>
    [AlwaysInterleave]
    Task<ImmutableArray<KernelSpec>> Kernels(bool isFresh);

    /// <summary>The best picture of a kernel (spec 10 §1.3).</summary>
    /// <exception cref="RequestException">There is no such kernel.</exception>
    [AlwaysInterleave]
    Task<KernelLogo> Logo(string name, bool isFresh);

    /// <summary>The processes of kernels that run.</summary>
    [AlwaysInterleave]
    Task<ImmutableArray<RunningKernel>> Running();

    /// <summary>Kills the process of a kernel, with all of its group.</summary>
    /// <returns>False if it isn't one of ours.</returns>
    [AlwaysInterleave]
    Task<bool> Stop(int pid);
}
