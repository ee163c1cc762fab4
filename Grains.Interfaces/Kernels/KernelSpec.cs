using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>An installed kernel (spec 10 §1.2).</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.KernelSpec")]
public sealed record KernelSpec
{
    /// <summary>The folder's name in lower case: <c>python3</c>.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>As clients see it, a JSON object: <c>{"name":"python3","display_name":"Python 3 (ipykernel)","language":"python","env":{},"resource_dir":"/usr/share/jupyter/kernels/python3","argv":[…]}</c></summary>
    [Id(1)]
    public required ReadOnlyMemory<byte> Json { get; init; }

    [Id(2)]
    public required string DisplayName { get; init; }

    [Id(3)]
    public required string Language { get; init; }

    /// <summary><c>signal</c> or <c>message</c></summary>
    [Id(4)]
    public required string InterruptMode { get; init; }

    [Id(5)]
    public required ImmutableSortedDictionary<string, string> Environment { get; init; }

    /// <summary>The absolute folder.</summary>
    [Id(6)]
    public required string ResourceDirectory { get; init; }

    /// <summary>The command line, unexpanded.</summary>
    [Id(7)]
    public required ImmutableArray<string> Arguments { get; init; }
}
