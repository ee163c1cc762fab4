using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>A widget's message to the kernel (spec 10 §8.7).</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.CommMessage")]
public sealed record CommMessage
{
    /// <summary>The header's <c>msg_id</c>.</summary>
    [Id(0)]
    public required string MessageId { get; init; }

    [Id(1)]
    public required string CommId { get; init; }

    /// <summary><c>jupyter.widget</c></summary>
    [Id(2)]
    public string TargetName { get; init; } = "";

    /// <summary>JSON.</summary>
    [Id(3)]
    public required ReadOnlyMemory<byte> Data { get; init; }

    [Id(4)]
    public ImmutableArray<ReadOnlyMemory<byte>> Buffers { get; init; } = [];
}
