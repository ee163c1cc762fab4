using ProjectSilo.Grains.Notebooks;

namespace ProjectSilo.Grains.Tests.Notebooks;

/// <summary>Blobs in memory.</summary>
internal sealed class MemoryBlobs : INotebookBlobs
{
    public Dictionary<string, byte[]> Saved { get; } = [];

    /// <summary>Whether the store is there.</summary>
    public bool Takes { get; set; } = true;

    public bool TrySave(string sha1, ReadOnlyMemory<byte> content)
    {
        if (Takes)
        {
            Saved[sha1] = content.ToArray();
        }

        return Takes;
    }
}
