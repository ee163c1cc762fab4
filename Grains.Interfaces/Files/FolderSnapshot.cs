namespace ProjectSilo.Grains.Interfaces.Files;

/// <summary>A watched folder as it is (spec 06 §8): its entries, or why there are none.</summary>
/// <param name="Entries">With hidden ones; at most one more than are shown, which says that there are more. Null if it can't be listed.</param>
/// <param name="Error">Why not, e.g. <c>ENOENT: no such file or directory, opendir '/home/user/d'</c>.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.FolderSnapshot")]
public sealed record FolderSnapshot([property: Id(0)] DirectoryListing? Entries, [property: Id(1)] string? Error)
{
    /// <summary>Whether nothing differs that can be seen.</summary>
    public bool IsSameAs(FolderSnapshot? other)
    {
        if (other is null || Error != other.Error || Entries?.Count != other.Entries?.Count)
        {
            return false;
        }

        for (var piece = 0; piece < Entries?.Pieces.Length; piece++)
        {
            if (piece >= other.Entries!.Pieces.Length || !Entries.Pieces[piece].Span.SequenceEqual(other.Entries.Pieces[piece].Span))
            {
                return false;
            }
        }

        return true;
    }
}
