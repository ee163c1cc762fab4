using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces;

namespace ProjectSilo.Grains.Files;

/// <summary>The bytes that a file shall have, in pieces: a large text was never held in one object.</summary>
internal readonly struct FileContent
{
    private FileContent(ImmutableArray<ReadOnlyMemory<byte>> pieces, long length)
    {
        Pieces = pieces;
        Length = length;
    }

    public ImmutableArray<ReadOnlyMemory<byte>> Pieces { get; }

    /// <summary>Bytes of all pieces.</summary>
    public long Length { get; }

    public static FileContent Of(ReadOnlyMemory<byte> bytes) => new([bytes], bytes.Length);

    public static FileContent Of(Utf8Text text) => new(text.Pieces, text.ByteCount);
}
