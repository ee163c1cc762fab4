using System.Collections.Immutable;

namespace ProjectSilo.Grains.Kernels.Launch;

/// <summary>A process for a kernel, and what must be executed in it, silently, before anything else (spec 10 §3).</summary>
internal sealed record LaunchedKernel(KernelProcess Process, ImmutableArray<string> InitCode);
