namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>What happens to a kernel, besides what comes of executions; one member is set.</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.KernelEvent")]
public sealed record KernelEvent
{
    /// <summary>Its state or its <c>execution_state</c> has changed.</summary>
    [Id(0)]
    public KernelStatus? Status { get; init; }

    /// <summary>A widget's message: <c>comm_open</c>, <c>comm_msg</c>, <c>comm_close</c>.</summary>
    [Id(1)]
    public CommEvent? Comm { get; init; }
}
