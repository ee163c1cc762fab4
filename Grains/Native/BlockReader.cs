namespace ProjectSilo.Grains.Native;

/// <summary>Reads a regular file in blocks. All members block, and are called one after the other.</summary>
internal sealed class BlockReader : IDisposable
{
    private const int MinBytes = 4_096;

    private readonly FileDescriptor _file;
    private long _left;

    /// <summary>Opens the file.</summary>
    /// <inheritdoc cref="RegularFile.Open"/>
    public BlockReader(string path, string shown)
    {
        _file = RegularFile.Open(path, shown, "open", long.MaxValue, out var status);
        _left = status.Size;
    }

    /// <summary>Several blocks at once, of <paramref name="bytes"/> about: one hand-over between threads for all. The last is the file's if it is shorter, or empty.</summary>
    public List<ReadOnlyMemory<byte>> ReadSome(int blockBytes, int bytes)
    {
        var blocks = new List<ReadOnlyMemory<byte>>();
        do
        {
            blocks.Add(Read(blockBytes));
            bytes -= blockBytes;
        }
        while (bytes > 0 && blocks[^1].Length == blockBytes);
        return blocks;
    }

    /// <summary>The next block, shorter than <paramref name="blockBytes"/> at the end of the file and nowhere else; empty after that.</summary>
    public ReadOnlyMemory<byte> Read(int blockBytes)
    {
        // One byte more than the file should have left shows its end. The size is only what was: it may have grown or shrunk, and those of /proc say 0.
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(Math.Max(_left + 1, MinBytes), blockBytes));
        var filled = 0;
        while (_file.Read(buffer.AsSpan(filled)) is > 0 and var count)
        {
            filled += count;
            if (filled == blockBytes)
            {
                break;
            }

            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(filled * 2L, blockBytes));
            }
        }

        _left -= filled;
        return buffer.AsMemory(0, filled);
    }

    public void Dispose() => _file.Dispose();
}
