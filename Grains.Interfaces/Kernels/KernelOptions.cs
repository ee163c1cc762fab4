using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>Which kernel to start, and for what.</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.KernelOptions")]
public sealed record KernelOptions
{
    /// <summary>Name of the kernel, in any case: <c>python3</c>. Empty: no kernel, which can't be started.</summary>
    [Id(0)]
    public required string Kernel { get; init; }

    /// <summary>The notebook's path, absolute or below HOME: <c>nb/a.ipynb</c>. The process works in its folder.</summary>
    [Id(1)]
    public required string Path { get; init; }

    /// <summary>Added to the environment, after all others.</summary>
    [Id(2)]
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Arguments of bash's <c>ulimit</c>, e.g. <c>-n 1000 -t 30</c>; null for no limits (spec 10 §2.8).</summary>
    [Id(3)]
    public string? ResourceLimits { get; init; }

    /// <summary>Whether a spare kernel may be taken (spec 10 §3).</summary>
    [Id(4)]
    public bool UsesPool { get; init; }
}
