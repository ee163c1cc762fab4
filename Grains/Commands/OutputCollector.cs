using System.Buffers;
using System.Text;

namespace ProjectSilo.Grains.Commands;

/// <summary>
/// One output stream of a command: bytes in as they come, text out (spec 09 §1.6). Characters that straddle reads survive; beyond the limit everything is
/// dropped. Written by one pump, read from anywhere.
/// </summary>
internal sealed class OutputCollector(int maxCharacters)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>Guards <see cref="_text"/> and <see cref="_isFull"/>.</summary>
    private readonly Lock _lock = new();
    private readonly TextBuffer _text = new();
    private bool _isFull;

    /// <summary>UTF-16 code units collected so far.</summary>
    public int Length
    {
        get
        {
            lock (_lock)
            {
                return _text.Length;
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

        // Two more: the decoder may hold the beginning of a character from the last read.
        var characters = ArrayPool<char>.Shared.Rent(bytes.Length + 2);
        try
        {
            var count = _decoder.GetChars(bytes, characters, flush: bytes.IsEmpty);
            Append(characters.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    /// <summary>The text from <paramref name="position"/> on.</summary>
    public string From(int position)
    {
        lock (_lock)
        {
            return _text.From(position);
        }
    }

    /// <summary>All the text, with the mark of spec 09 §1.6 if the limit was reached.</summary>
    public string Marked()
    {
        lock (_lock)
        {
            return _text.From(0, _isFull ? $" (truncated at {maxCharacters} characters)" : "");
        }
    }

    /// <inheritdoc />
    public override string ToString() => From(0);

    private void Append(ReadOnlySpan<char> characters)
    {
        lock (_lock)
        {
            var room = maxCharacters - _text.Length;
            if (characters.Length >= room)
            {
                // Exactly full is marked too; half a surrogate pair is never kept.
                _isFull = true;
                characters = characters[..room];
                if (characters is [.., var last] && char.IsHighSurrogate(last))
                {
                    characters = characters[..^1];
                }
            }

            _text.Append(characters);
        }
    }
}
