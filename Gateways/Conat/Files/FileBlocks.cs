using System.Collections.Immutable;

namespace ProjectSilo.Gateways.Conat.Files;

/// <summary>
/// The pieces in which a file's bytes go to and from grains. What is handed over in a call is never used again, so it is short-lived garbage: arrays of this size are
/// collected cheaply, while those of whole chunks would pile up by the hundred megabytes.
/// </summary>
internal static class FileBlocks
{
    /// <summary>Bytes of a block; less than what .NET counts as a large object.</summary>
    public const int Bytes = 64 * 1024;

    /// <summary>Blocks that are read ahead: enough to hide the reading, and few, since what lives long is collected late.</summary>
    public const int ReadAhead = 16;

    /// <summary>A copy in blocks.</summary>
    public static ImmutableArray<ReadOnlyMemory<byte>> Of(ReadOnlySpan<byte> content)
    {
        var blocks = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>((content.Length + Bytes - 1) / Bytes);
        for (; !content.IsEmpty; content = content[blocks[^1].Length..])
        {
            blocks.Add(content[..Math.Min(Bytes, content.Length)].ToArray());
        }

        return blocks.MoveToImmutable();
    }
}
