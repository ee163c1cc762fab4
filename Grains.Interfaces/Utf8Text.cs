using System.Collections.Immutable;
using System.Text;

namespace ProjectSilo.Grains.Interfaces;

/// <summary>
/// Text that may be large, as UTF-8 in pieces: what a command printed reaches the wire as it was read, and nobody ever holds all of it in one object.
/// </summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.Utf8Text")]
public sealed record Utf8Text
{
    /// <summary>No text.</summary>
    public static Utf8Text Empty { get; } = new();

    /// <summary>Each piece is valid UTF-8 by itself: no character straddles two of them.</summary>
    [Id(0)]
    public ImmutableArray<ReadOnlyMemory<byte>> Pieces { get; init; } = [];

    /// <summary>Bytes of all pieces.</summary>
    public long ByteCount
    {
        get
        {
            long count = 0;
            foreach (var piece in Pieces)
            {
                count += piece.Length;
            }

            return count;
        }
    }

    public static implicit operator Utf8Text(string text) => text.Length == 0 ? Empty : new Utf8Text { Pieces = [Encoding.UTF8.GetBytes(text)] };

    /// <inheritdoc />
    public bool Equals(Utf8Text? other) => other is not null && (ReferenceEquals(this, other) || ToString() == other.ToString());

    /// <inheritdoc />
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>The text as one string.</summary>
    public override string ToString()
    {
        switch (Pieces)
        {
            case []:
                return "";
            case [var only]:
                return Encoding.UTF8.GetString(only.Span);
        }

        var length = 0;
        foreach (var piece in Pieces)
        {
            length = checked(length + Encoding.UTF8.GetCharCount(piece.Span));
        }

        return string.Create(length, Pieces, static (target, pieces) =>
        {
            foreach (var piece in pieces)
            {
                target = target[Encoding.UTF8.GetChars(piece.Span, target)..];
            }
        });
    }
}
