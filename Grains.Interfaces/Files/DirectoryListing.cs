using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace ProjectSilo.Grains.Interfaces.Files;

/// <summary>
/// The entries of a folder, packed: a hundred thousand of them are a few megabytes in some fifty objects, not half a million objects that each collection of garbage
/// would have to move. An entry is made when it is looked at.
/// </summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.DirectoryListing")]
public sealed record DirectoryListing
{
    private const int LengthBytes = sizeof(int);

    /// <summary>What an entry has.</summary>
    [Flags]
    private enum Parts : byte
    {
        None = 0,
        IsFolder = 1,
        IsLink = 2,
        Modified = 4,
        Size = 8,
        LinkTarget = 16,
        Error = 32,
    }

    /// <summary>No entries.</summary>
    public static DirectoryListing Empty { get; } = new();

    /// <summary>How many entries there are.</summary>
    [Id(0)]
    public int Count { get; init; }

    /// <summary>
    /// The entries one after the other, none in two pieces: a byte of <c>Parts</c>, the name, and of the parts the time (a double), the size (a long), the target and
    /// the error. Texts have their length (an int) before them. All little endian.
    /// </summary>
    [Id(1)]
    public ImmutableArray<ReadOnlyMemory<byte>> Pieces { get; init; } = [];

    /// <summary>The entries, in the operating system's order. Each is made anew.</summary>
    public IEnumerable<DirectoryEntry> Entries
    {
        get
        {
            foreach (var piece in Pieces)
            {
                for (var position = 0; position < piece.Length;)
                {
                    yield return Read(piece.Span, ref position);
                }
            }
        }
    }

    private static DirectoryEntry Read(ReadOnlySpan<byte> piece, ref int position)
    {
        var parts = (Parts)piece[position++];
        var name = ReadText(piece, ref position);
        double? modified = null;
        long? size = null;
        if (parts.HasFlag(Parts.Modified))
        {
            modified = BinaryPrimitives.ReadDoubleLittleEndian(piece[position..]);
            position += sizeof(double);
        }

        if (parts.HasFlag(Parts.Size))
        {
            size = BinaryPrimitives.ReadInt64LittleEndian(piece[position..]);
            position += sizeof(long);
        }

        return new DirectoryEntry(name)
        {
            ModifiedSeconds = modified,
            Size = size,
            IsFolder = parts.HasFlag(Parts.IsFolder),
            IsLink = parts.HasFlag(Parts.IsLink),
            LinkTarget = parts.HasFlag(Parts.LinkTarget) ? ReadText(piece, ref position) : null,
            Error = parts.HasFlag(Parts.Error) ? ReadText(piece, ref position) : null,
        };
    }

    private static string ReadText(ReadOnlySpan<byte> piece, ref int position)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(piece[position..]);
        var text = Encoding.UTF8.GetString(piece.Slice(position + LengthBytes, length));
        position += LengthBytes + length;
        return text;
    }

    /// <summary>Packs entries.</summary>
    public sealed class Builder
    {
        /// <summary>Small enough not to be a large object for the collector.</summary>
        private const int PieceBytes = 64 * 1024;

        private readonly List<ReadOnlyMemory<byte>> _pieces = [];
        private byte[] _piece = [];
        private int _filled;

        /// <summary>Entries so far.</summary>
        public int Count { get; private set; }

        /// <summary>Adds <paramref name="entry"/>, but for its name.</summary>
        /// <param name="name">Valid UTF-8.</param>
        /// <param name="entry">The rest.</param>
        public void Add(ReadOnlySpan<byte> name, in Attributes entry)
        {
            var target = entry.LinkTarget is null ? 0 : Encoding.UTF8.GetByteCount(entry.LinkTarget);
            var error = entry.Error is null ? 0 : Encoding.UTF8.GetByteCount(entry.Error);
            Reserve(1 + sizeof(double) + sizeof(long) + (3 * LengthBytes) + name.Length + target + error);
            _piece[_filled++] = (byte)PartsOf(entry);
            WriteText(name);
            if (entry.ModifiedSeconds is { } seconds)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(_piece.AsSpan(_filled), seconds);
                _filled += sizeof(double);
            }

            if (entry.Size is { } size)
            {
                BinaryPrimitives.WriteInt64LittleEndian(_piece.AsSpan(_filled), size);
                _filled += sizeof(long);
            }

            if (entry.LinkTarget is not null)
            {
                WriteText(Encoding.UTF8.GetBytes(entry.LinkTarget));
            }

            if (entry.Error is not null)
            {
                WriteText(Encoding.UTF8.GetBytes(entry.Error));
            }

            Count++;
        }

        /// <summary>All that was added.</summary>
        public DirectoryListing Build()
        {
            EndPiece();
            return new DirectoryListing { Count = Count, Pieces = ImmutableCollectionsMarshal.AsImmutableArray(_pieces.ToArray()) };
        }

        private static Parts PartsOf(in Attributes entry) =>
            (entry.IsFolder ? Parts.IsFolder : Parts.None)
            | (entry.IsLink ? Parts.IsLink : Parts.None)
            | (entry.ModifiedSeconds is null ? Parts.None : Parts.Modified)
            | (entry.Size is null ? Parts.None : Parts.Size)
            | (entry.LinkTarget is null ? Parts.None : Parts.LinkTarget)
            | (entry.Error is null ? Parts.None : Parts.Error);

        private void WriteText(ReadOnlySpan<byte> text)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_piece.AsSpan(_filled), text.Length);
            text.CopyTo(_piece.AsSpan(_filled + LengthBytes));
            _filled += LengthBytes + text.Length;
        }

        private void Reserve(int bytes)
        {
            if (_piece.Length - _filled < bytes)
            {
                EndPiece();

                // Few folders have more than a hundred entries.
                _piece = new byte[Math.Max(bytes, Math.Clamp(_pieces.Count * PieceBytes, PieceBytes / 16, PieceBytes))];
            }
        }

        private void EndPiece()
        {
            if (_filled > 0)
            {
                _pieces.Add(_piece.AsMemory(0, _filled));
                (_piece, _filled) = ([], 0);
            }
        }
    }

    /// <summary>What <see cref="DirectoryEntry"/> has beside the name.</summary>
    /// <param name="ModifiedSeconds">See there, as all others.</param>
    public readonly record struct Attributes(double? ModifiedSeconds, long? Size, bool IsFolder, bool IsLink, string? LinkTarget, string? Error);
}
