using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>
/// One thing that comes of an execution, e.g. <c>stream {"name":"stdout","text":"hello\n"}</c>: a message of the kernel, an <see cref="Input"/>, a gap, or the end.
/// </summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.KernelItem")]
public sealed record KernelItem
{
    /// <summary>So many may be on their way to whoever takes them (<c>WithBatchSize</c>): one item may have many megabytes, and those that the grain keeps are bounded by their bytes.</summary>
    public const int ReadAhead = 4;

    /// <summary><c>stream</c>, <c>execute_result</c>, <c>display_data</c>, <c>update_display_data</c>, <c>error</c>, <c>status</c>, <c>execute_input</c>, <c>execute_reply</c>, <c>clear_output</c> …</summary>
    [Id(0)]
    public string MessageType { get; init; } = "";

    /// <summary>The content as the kernel sent it, a JSON object; empty if it isn't a message.</summary>
    [Id(1)]
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>The metadata as the kernel sent it, a JSON object; empty if it isn't a message.</summary>
    [Id(2)]
    public ReadOnlyMemory<byte> Metadata { get; init; }

    [Id(3)]
    public ImmutableArray<ReadOnlyMemory<byte>> Buffers { get; init; } = [];

    /// <summary>The code waits for an answer.</summary>
    [Id(4)]
    public InputRequest? Input { get; init; }

    /// <summary>So many messages were left out before this, since the one who takes them was too slow.</summary>
    [Id(5)]
    public int Missing { get; init; }

    /// <summary>The end; nothing else is set.</summary>
    [Id(6)]
    public bool IsDone { get; init; }
}
