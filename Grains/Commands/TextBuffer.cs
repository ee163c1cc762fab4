namespace ProjectSilo.Grains.Commands;

/// <summary>
/// Text that only grows, in pieces that grow with it. The pieces of a large text are large objects, which the garbage collector does not move: the thousands of
/// small ones of a <see cref="System.Text.StringBuilder"/> would be copied twice, and everybody waits while they are.
/// </summary>
internal sealed class TextBuffer
{
    private const int SmallestPiece = 256;
    private const int LargestPiece = 512 * 1024;

    private readonly List<char[]> _pieces = [];

    /// <summary>Characters in the last piece; all others are full.</summary>
    private int _usedOfLast;

    /// <summary>UTF-16 code units.</summary>
    public int Length { get; private set; }

    public void Append(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (_pieces is not [.., var last] || _usedOfLast == last.Length)
            {
                last = GC.AllocateUninitializedArray<char>(Math.Clamp(Math.Max(Length, text.Length), SmallestPiece, LargestPiece));
                _pieces.Add(last);
                _usedOfLast = 0;
            }

            var count = Math.Min(text.Length, last.Length - _usedOfLast);
            text[..count].CopyTo(last.AsSpan(_usedOfLast));
            _usedOfLast += count;
            Length += count;
            text = text[count..];
        }
    }

    /// <summary>The text from <paramref name="position"/> on, with <paramref name="suffix"/> behind it: one copy.</summary>
    public string From(int position, string suffix = "") =>
        position >= Length
            ? suffix
            : string.Create(Length - position + suffix.Length, (Buffer: this, position, suffix), static (target, source) =>
            {
                source.Buffer.CopyTo(source.position, target);
                source.suffix.CopyTo(target[^source.suffix.Length..]);
            });

    private void CopyTo(int position, Span<char> target)
    {
        var begin = 0;
        for (var i = 0; i < _pieces.Count; i++)
        {
            var used = _pieces[i].AsSpan(0, i == _pieces.Count - 1 ? _usedOfLast : _pieces[i].Length);
            var wanted = used[Math.Clamp(position - begin, 0, used.Length)..];
            wanted.CopyTo(target);
            target = target[wanted.Length..];
            begin += used.Length;
        }
    }
}
