using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>Blobs in the store that browsers read them from (spec 10 §8.5).</summary>
/// <param name="store">Opened with <see cref="ProjectStores.Jupyter"/>: the oldest go when there are too many bytes. Whoever opened it closes it.</param>
internal sealed class DkvBlobs(Dkv store) : INotebookBlobs
{
    /// <inheritdoc />
    public bool TrySave(string sha1, ReadOnlyMemory<byte> content)
    {
        try
        {
            // Set even if it is there: so it counts as new when the oldest go.
            store.Set(sha1, new WireValue.Bytes(content));
            return true;
        }
        catch (ConatException)
        {
            // Closed, refused, or too much waits to be saved: the data stays in the output.
            return false;
        }
    }
}
