using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>A widget's message from the kernel (spec 10 §8.7).</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.CommEvent")]
public sealed record CommEvent
{
    /// <summary><c>comm_open</c>, <c>comm_msg</c>, <c>comm_close</c></summary>
    [Id(0)]
    public required string MessageType { get; init; }

    /// <summary>The header's <c>msg_id</c>.</summary>
    [Id(1)]
    public required string MessageId { get; init; }

    /// <summary>The parent header's <c>msg_id</c>; empty if there is none.</summary>
    [Id(2)]
    public string ParentId { get; init; } = "";

    /// <summary>A JSON object.</summary>
    [Id(3)]
    public required ReadOnlyMemory<byte> Content { get; init; }

    [Id(4)]
    public ImmutableArray<ReadOnlyMemory<byte>> Buffers { get; init; } = [];
}
