using System.Runtime.CompilerServices;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Files;

internal sealed partial class FilesGrain
{
    /// <summary>Bytes that are read at once.</summary>
    private const int ReadAheadBytes = 1024 * 1024;

    /// <inheritdoc />
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadBlocks(
        string path, int blockBytes, string caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (blockBytes < 1)
        {
            throw new RequestException("a block must have at least one byte");
        }

        var absolute = ProjectPath.Absolute(project.Home, path);
        var reader = await blockingWork.Run(caller, () => new BlockReader(absolute, absolute), cancellationToken);
        try
        {
            List<ReadOnlyMemory<byte>> blocks;
            do
            {
                blocks = await blockingWork.Run(caller, () => reader.ReadSome(blockBytes, ReadAheadBytes), cancellationToken);
                foreach (var block in blocks)
                {
                    if (!block.IsEmpty)
                    {
                        yield return block;
                    }
                }
            }
            while (blocks[^1].Length == blockBytes);
        }
        finally
        {
            // A file that was only read is closed at once.
            reader.Dispose();
        }
    }
}
