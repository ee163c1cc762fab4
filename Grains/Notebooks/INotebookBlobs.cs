namespace ProjectSilo.Grains.Notebooks;

/// <summary>Where a notebook keeps the images and pages that its outputs show (spec 10 §8.5).</summary>
internal interface INotebookBlobs
{
    /// <summary>Keeps bytes.</summary>
    /// <param name="sha1">Their SHA-1 in hex, by which browsers ask for them.</param>
    /// <param name="content">The bytes; not changed afterwards.</param>
    /// <returns>False if they can't be kept: then they stay where they are.</returns>
    bool TrySave(string sha1, ReadOnlyMemory<byte> content);
}
