using System.Collections.Immutable;
using System.Text;
using ProjectSilo.Grains.Interfaces;

namespace ProjectSilo.Grains.Commands;

/// <summary>
/// UTF-8 text that only grows, in pieces that grow with it; what was taken from it stays as it is. The pieces of a large text are large objects, which the garbage
/// collector does not move: thousands of small ones would be copied twice, and everybody waits while they are.
/// </summary>
internal sealed class TextBuffer
{
    private const int SmallestPiece = 256;
    private const int LargestPiece = 512 * 1024;

    /// <summary>Bytes of the longest character.</summary>
    private const int LongestCharacter = 4;

    /// <summary>All but the last one are done.</summary>
    private readonly List<(byte[] Bytes, int Used)> _pieces = [];

    /// <summary>Bytes in all pieces.</summary>
    public int ByteCount { get; private set; }

    /// <summary>Appends whole characters.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var (bytes, used) = _pieces is [.., var last] ? last : ([], 0);
            var count = CharactersWithin(text, bytes.Length - used);
            if (count == 0)
            {
                bytes = GC.AllocateUninitializedArray<byte>(Math.Clamp(Math.Max(ByteCount, text.Length), SmallestPiece, LargestPiece));
                _pieces.Add((bytes, 0));
                continue;
            }

            text[..count].CopyTo(bytes.AsSpan(used));
            _pieces[^1] = (bytes, used + count);
            ByteCount += count;
            text = text[count..];
        }
    }

    /// <summary>The text from a position on, in bytes, without a copy; it must be the beginning of a character.</summary>
    public Utf8Text From(int position)
    {
        if (position >= ByteCount)
        {
            return Utf8Text.Empty;
        }

        var pieces = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        foreach (var (bytes, used) in _pieces)
        {
            if (position < used)
            {
                pieces.Add(bytes.AsMemory(position, used - position));
                position = 0;
            }
            else
            {
                position -= used;
            }
        }

        return new Utf8Text { Pieces = pieces.ToImmutable() };
    }

    /// <summary>The most bytes of <paramref name="text"/> that fit in <paramref name="room"/> and end with a whole character.</summary>
    private static int CharactersWithin(ReadOnlySpan<byte> text, int room)
    {
        if (text.Length <= room)
        {
            return text.Length;
        }

        for (var count = room; count > 0 && count > room - LongestCharacter; count--)
        {
            if (Rune.DecodeFromUtf8(text[count..], out _, out _) == System.Buffers.OperationStatus.Done)
            {
                return count;
            }
        }

        return 0;
    }
}
