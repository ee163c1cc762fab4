namespace ProjectSilo.Grains.Interfaces.Files;

/// <summary>Which folder to list and how: <c>system.listing</c> (spec 09 §4).</summary>
/// <param name="Path">Joined to HOME even if it begins with <c>/</c>.</param>
/// <param name="Hidden">Whether names that start with <c>.</c> are listed, and counted in sub-folders.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ListingRequest")]
public sealed record ListingRequest([property: Id(0)] string Path, [property: Id(1)] bool Hidden)
{
    /// <summary>Stop after so many entries, without an error; null: all.</summary>
    [Id(2)]
    public int? Limit { get; init; }
}
