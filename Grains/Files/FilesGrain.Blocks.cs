using System.Runtime.CompilerServices;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Files;

internal sealed partial class FilesGrain
{
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
            ReadOnlyMemory<byte> block;
            do
            {
                block = await blockingWork.Run(caller, () => reader.Read(blockBytes), cancellationToken);
                if (!block.IsEmpty)
                {
                    yield return block;
                }
            }
            while (block.Length == blockBytes);
        }
        finally
        {
            // A file that was only read is closed at once.
            reader.Dispose();
        }
    }
}
