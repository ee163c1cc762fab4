using System.Buffers;
using System.Text;
using System.Text.Unicode;
using ProjectSilo.Grains.Interfaces;

namespace ProjectSilo.Grains.Commands;

/// <summary>
/// One output stream of a command: bytes in as they come, valid UTF-8 out (spec 09 §1.6). Characters that straddle reads survive; invalid bytes become U+FFFD;
/// beyond the limit everything is dropped. Written by one pump, read from anywhere.
/// </summary>
/// <param name="maxCharacters">In UTF-16 code units, as the wire counts them.</param>
internal sealed class OutputCollector(int maxCharacters)
{
    /// <summary>Guards <see cref="_text"/>, <see cref="_characters"/> and <see cref="_isFull"/>.</summary>
    private readonly Lock _lock = new();
    private readonly TextBuffer _text = new();

    /// <summary>The beginning of a character whose rest has not come yet.</summary>
    private byte[] _begun = [];
    private int _characters;
    private bool _isFull;

    /// <summary>Bytes collected so far.</summary>
    public int ByteCount
    {
        get
        {
            lock (_lock)
            {
                return _text.ByteCount;
            }
        }
    }

    /// <summary>Whether the limit was reached, so that something may be missing.</summary>
    public bool IsFull
    {
        get
        {
            lock (_lock)
            {
                return _isFull;
            }
        }
    }

    /// <summary>Takes what was read; empty at end of file.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_isFull)
        {
            return;
        }

        var isEnd = bytes.IsEmpty;
        bytes = _begun.Length == 0 ? bytes : (byte[])[.. _begun, .. bytes];
        var begun = isEnd ? 0 : BegunCharacter(bytes);
        _begun = bytes[^begun..].ToArray();
        bytes = bytes[..^begun];
        AppendText(Utf8.IsValid(bytes) ? bytes : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes)));
    }

    /// <summary>What came after the first <paramref name="position"/> bytes, which end with a character.</summary>
    public Utf8Text From(int position)
    {
        lock (_lock)
        {
            return _text.From(position);
        }
    }

    /// <summary>All the text, with the mark of spec 09 §1.6 if the limit was reached.</summary>
    public Utf8Text Marked()
    {
        lock (_lock)
        {
            var text = _text.From(0);
            return _isFull ? text with { Pieces = text.Pieces.Add(Encoding.ASCII.GetBytes($" (truncated at {maxCharacters} characters)")) } : text;
        }
    }

    /// <inheritdoc />
    public override string ToString() => From(0).ToString();

    private void AppendText(ReadOnlySpan<byte> text)
    {
        lock (_lock)
        {
            var characters = Encoding.UTF8.GetCharCount(text);
            var room = maxCharacters - _characters;
            if (characters >= room)
            {
                // Exactly full is marked too.
                _isFull = true;
                characters = room;
                text = FirstCharacters(text, room);
            }

            _characters += characters;
            _text.Append(text);
        }
    }

    /// <summary>As much as makes <paramref name="count"/> UTF-16 code units; half a surrogate pair is never kept.</summary>
    private static ReadOnlySpan<byte> FirstCharacters(ReadOnlySpan<byte> text, int count)
    {
        // Of valid text with a destination of just that length, what is read is what fits.
        var characters = ArrayPool<char>.Shared.Rent(count);
        try
        {
            _ = Utf8.ToUtf16(text, characters.AsSpan(0, count), out var read, out _);
            return text[..read];
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    /// <summary>How many bytes at the end may be the beginning of a character.</summary>
    private static int BegunCharacter(ReadOnlySpan<byte> bytes)
    {
        const int LongestBeginning = 3;
        for (var count = 1; count <= Math.Min(LongestBeginning, bytes.Length); count++)
        {
            var lead = bytes[^count];
            if ((lead & 0xC0) != 0x80)
            {
                var whole = lead switch { < 0xC0 => 1, < 0xE0 => 2, < 0xF0 => 3, _ => 4 };
                return count < whole ? count : 0;
            }
        }

        return 0;
    }
}
