namespace ProjectSilo.Grains.Interfaces.Files;

/// <summary>What <see cref="IFilesGrain.ReadBlob"/> read.</summary>
/// <param name="Content">The file's bytes, or the archive's.</param>
/// <param name="Archive"><c>tar.bz2</c> if the path is a folder; otherwise null.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.FileBlob")]
public sealed record FileBlob([property: Id(0)] ReadOnlyMemory<byte> Content, [property: Id(1)] string? Archive);
