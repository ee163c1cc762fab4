using System.Collections.Immutable;
using System.Text;

namespace ProjectSilo.Conat.Values;

// Large texts, which stay UTF-8: a string would be twice as large, and most of them go to a file.
internal ref partial struct JsonTextReader
{
    /// <summary>
    /// The bytes of a piece, and the least of a large text. The garbage collector gives larger objects memory that it has to ask the system for, each time: that cost
    /// more than all the reading.
    /// </summary>
    public const int PieceBytes = 64 * 1024;

    private const int MaxBytesOfUnit = 3;

    private bool TryReadTextValue(out WireValue value)
    {
        var start = _rest;
        if (!IsLongText() || !TryReadLongText(out value))
        {
            _rest = start;
            value = WireValue.Null;
            if (!TryReadText(out var text))
            {
                return false;
            }

            value = text;
        }

        return true;
    }

    /// <summary>Whether the text that begins here does not end within <see cref="PieceBytes"/>.</summary>
    private readonly bool IsLongText()
    {
        for (var at = 1; _rest.Length > PieceBytes && at < PieceBytes;)
        {
            var next = _rest[at..PieceBytes].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                return true;
            }

            at += next;
            if (_rest[at] == '"')
            {
                return false;
            }

            at += 2;
        }

        return _rest.Length > PieceBytes;
    }

    /// <returns>False if it is malformed, or has escapes of surrogates: one may lack its other half, which UTF-8 can't hold.</returns>
    private bool TryReadLongText(out WireValue value)
    {
        value = WireValue.Null;
        var pieces = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        var piece = NewPiece();
        var filled = 0;
        _rest = _rest[1..];
        while (true)
        {
            var length = _rest.IndexOfAny(EndsPlainText);
            if (length < 0)
            {
                return false;
            }

            var plain = _rest[..length];
            while (plain.Length > piece.Length - filled)
            {
                var part = WholeCharacters(plain, piece.Length - filled);
                plain[..part].CopyTo(piece.AsSpan(filled));
                pieces.Add(piece.AsMemory(0, filled + part));
                plain = plain[part..];
                piece = NewPiece();
                filled = 0;
            }

            plain.CopyTo(piece.AsSpan(filled));
            filled += plain.Length;
            var end = _rest[length];
            _rest = _rest[(length + 1)..];
            if (end == '"')
            {
                pieces.Add(piece.AsMemory(0, filled));
                value = new WireValue.Text(pieces.DrainToImmutable());
                return true;
            }

            if (end != '\\' || !TryReadEscape(out var character) || char.IsSurrogate(character))
            {
                return false;
            }

            if (piece.Length - filled < MaxBytesOfUnit)
            {
                pieces.Add(piece.AsMemory(0, filled));
                piece = NewPiece();
                filled = 0;
            }

            if (character < 0x80)
            {
                piece[filled++] = (byte)character;
            }
            else
            {
                filled += Encoding.UTF8.GetBytes([character], piece.AsSpan(filled));
            }
        }
    }

    private static byte[] NewPiece() => GC.AllocateUninitializedArray<byte>(PieceBytes);

    /// <summary>How many bytes of <paramref name="text"/>, at most <paramref name="room"/>, end with a whole character.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> text, int room)
    {
        const int ContinuationMask = 0xC0;
        const int Continuation = 0x80;
        while (room > 0 && (text[room] & ContinuationMask) == Continuation)
        {
            room--;
        }

        return room;
    }
}
