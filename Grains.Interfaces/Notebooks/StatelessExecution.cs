using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Notebooks;

/// <summary>Code to execute in a kernel of its own: <c>{"kernel":"python3","input":"2+3"}</c> (spec 10 §11).</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.StatelessExecution")]
public sealed record StatelessExecution
{
    /// <summary>Name of the kernel.</summary>
    [Id(0)]
    public required string Kernel { get; init; }

    /// <summary>The code.</summary>
    [Id(1)]
    public required Utf8Text Input { get; init; }

    /// <summary>Executed before it, as one text with line feeds between; what comes of it is ignored.</summary>
    [Id(2)]
    public ImmutableArray<string> History { get; init; } = [];

    /// <summary>The folder to execute in, absolute or below HOME; null: a temporary one.</summary>
    [Id(3)]
    public string? Path { get; init; }

    /// <summary>Kernels of this name that are kept ready; 0 or less: none.</summary>
    [Id(4)]
    public int PoolSize { get; init; } = 2;

    /// <summary>So long after the last execution with this kernel all but one of those are ended; zero: never.</summary>
    [Id(5)]
    public TimeSpan PoolTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Null: those of spec 10 §11, counted from now.</summary>
    [Id(6)]
    public ExecutionLimits? Limits { get; init; }
}
