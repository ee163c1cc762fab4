using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace ProjectSilo.Conat.Values;

/// <summary>
/// Writes the bytes that JavaScript's <c>JSON.stringify</c> gives: nothing escaped but quotes, backslashes, control characters and lone surrogates, numbers as
/// JavaScript prints them.
/// </summary>
internal static class JsonTextWriter
{
    /// <summary>Bytes that a slice of a large text has at most when it is encoded; a slice is escaped at six bytes a character at worst.</summary>
    private const int SliceBytes = 64 * 1024;

    private const int MaxEscapeBytes = 6;

    private static readonly SearchValues<byte> EscapedBytes = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (byte)code), (byte)'"', (byte)'\\']);
    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (char)code), '"', '\\']);

    /// <param name="value">The value.</param>
    /// <param name="output">Gets the text.</param>
    /// <param name="attachments">Gets the bytes in the value, of which the text has a placeholder each; without it they are written as <c>null</c>.</param>
    public static void Write(WireValue value, IBufferWriter<byte> output, ICollection<ReadOnlyMemory<byte>>? attachments = null)
    {
        switch (value)
        {
            case WireValue.Bool flag:
                output.Write(flag.Value ? "true"u8 : "false"u8);
                break;
            case WireValue.Number number when double.IsFinite(number.Value):
                Encoding.ASCII.GetBytes(JavaScript.NumberToText(number.Value), output);
                break;
            case WireValue.Text text:
                WriteText(text.Value, output);
                break;
            case WireValue.LongText text:
                output.Write("\""u8);
                foreach (var piece in text.Pieces)
                {
                    WriteEscaped(piece.Span, output);
                }

                output.Write("\""u8);
                break;
            case WireValue.Date date:
                WriteText(date.Value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), output);
                break;
            case WireValue.Items items:
                WriteItems(items.Values, output, attachments);
                break;
            case WireValue.Sequence sequence:
                WriteItems(sequence.Elements, output, attachments);
                break;
            case WireValue.Members members:
                WriteMembers(members, output, attachments);
                break;
            case WireValue.Bytes bytes when attachments is not null:
                output.Write("{\"_placeholder\":true,\"num\":"u8);
                Encoding.ASCII.GetBytes(attachments.Count.ToString(CultureInfo.InvariantCulture), output);
                output.Write("}"u8);
                attachments.Add(bytes.Value);
                break;
            default:
                // Infinite numbers as well.
                output.Write("null"u8);
                break;
        }
    }

    /// <summary>The same bytes piece by piece, for a message with large texts: nobody ever holds all of it. A piece is valid until the next one is asked for.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Pieces(WireValue.Members message)
    {
        var buffer = new ArrayBufferWriter<byte>(SliceBytes);
        var begin = "{";
        foreach (var (name, member) in message.Values)
        {
            Encoding.ASCII.GetBytes(begin, buffer);
            WriteText(name, buffer);
            buffer.Write(":"u8);
            begin = ",";
            var slices = Slices(member);
            if (slices is null)
            {
                Write(member, buffer);
                continue;
            }

            buffer.Write("\""u8);
            foreach (var write in slices)
            {
                write(buffer);
                yield return buffer.WrittenMemory;
                buffer.ResetWrittenCount();
            }

            buffer.Write("\""u8);
        }

        Encoding.ASCII.GetBytes(message.Values.IsEmpty ? "{}" : "}", buffer);
        yield return buffer.WrittenMemory;
    }

    /// <summary>Encodes a large text slice by slice; null if it is none.</summary>
    private static IEnumerable<Action<IBufferWriter<byte>>>? Slices(WireValue value) => value switch
    {
        WireValue.LongText text => Slices(text.Pieces),
        WireValue.Text { Value.Length: > SliceBytes } text => Slices(text.Value),
        _ => null,
    };

    private static IEnumerable<Action<IBufferWriter<byte>>> Slices(ImmutableArray<ReadOnlyMemory<byte>> pieces) =>
        from piece in pieces
        from start in Enumerable.Range(0, (piece.Length + SliceBytes - 1) / SliceBytes).Select(slice => slice * SliceBytes)
        select (Action<IBufferWriter<byte>>)(output => WriteEscaped(piece.Span[start..Math.Min(start + SliceBytes, piece.Length)], output));

    private static IEnumerable<Action<IBufferWriter<byte>>> Slices(string text)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = Math.Min(start + SliceBytes, text.Length);
            end -= end < text.Length && char.IsHighSurrogate(text[end - 1]) ? 1 : 0;
            var slice = text.AsMemory(start, end - start);
            yield return output => WriteEscaped(slice.Span, output);
        }
    }

    private static void WriteItems<TItems>(TItems items, IBufferWriter<byte> output, ICollection<ReadOnlyMemory<byte>>? attachments)
        where TItems : IEnumerable<WireValue>
    {
        output.Write("["u8);
        var isFirst = true;
        foreach (var item in items)
        {
            if (!isFirst)
            {
                output.Write(","u8);
            }

            isFirst = false;
            Write(item, output, attachments);
        }

        output.Write("]"u8);
    }

    private static void WriteMembers(WireValue.Members members, IBufferWriter<byte> output, ICollection<ReadOnlyMemory<byte>>? attachments)
    {
        output.Write("{"u8);
        var isFirst = true;
        foreach (var (name, member) in members.Values)
        {
            if (!isFirst)
            {
                output.Write(","u8);
            }

            isFirst = false;
            WriteText(name, output);
            output.Write(":"u8);
            Write(member, output, attachments);
        }

        output.Write("}"u8);
    }

    private static void WriteText(ReadOnlySpan<char> text, IBufferWriter<byte> output)
    {
        output.Write("\""u8);
        WriteEscaped(text, output);
        output.Write("\""u8);
    }

    private static void WriteEscaped(ReadOnlySpan<char> text, IBufferWriter<byte> output)
    {
        int plain;
        while ((plain = text.IndexOfAny(Escaped)) >= 0)
        {
            WritePlain(text[..plain], output);
            WriteEscape(text[plain], output);
            text = text[(plain + 1)..];
        }

        WritePlain(text, output);
    }

    /// <summary>Written into the output's own room, not escape by escape.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="output">Gets it.</param>
    private static void WriteEscaped(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        while (!text.IsEmpty)
        {
            var room = output.GetSpan(Math.Min(text.Length, 4096) + MaxEscapeBytes);
            var written = 0;
            while (!text.IsEmpty && room.Length - written > MaxEscapeBytes)
            {
                var part = text[..Math.Min(text.Length, room.Length - written - MaxEscapeBytes)];
                var plain = part.IndexOfAny(EscapedBytes) is >= 0 and var escaped ? escaped : part.Length;
                part[..plain].CopyTo(room[written..]);
                written += plain;
                if (plain < part.Length)
                {
                    written += Escape((char)part[plain++], room[written..]);
                }

                text = text[plain..];
            }

            output.Advance(written);
        }
    }

    private static void WritePlain(ReadOnlySpan<char> text, IBufferWriter<byte> output)
    {
        while (!text.IsEmpty)
        {
            var status = Utf8.FromUtf16(text, output.GetSpan(Math.Min(text.Length, 4096) + 3), out var read, out var written, replaceInvalidSequences: false);
            output.Advance(written);
            text = text[read..];
            if (status is OperationStatus.InvalidData or OperationStatus.NeedMoreData)
            {
                // A surrogate without its other half.
                WriteEscape(text[0], output);
                text = text[1..];
            }
        }
    }

    private static void WriteEscape(char character, IBufferWriter<byte> output) => output.Advance(Escape(character, output.GetSpan(MaxEscapeBytes)));

    /// <summary>Writes the escape of <paramref name="character"/>.</summary>
    /// <returns>Its bytes: at most <see cref="MaxEscapeBytes"/>.</returns>
    private static int Escape(char character, Span<byte> output)
    {
        var letter = character switch
        {
            '"' => '"',
            '\\' => '\\',
            '\b' => 'b',
            '\f' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            _ => 'u',
        };
        output[0] = (byte)'\\';
        output[1] = (byte)letter;
        return letter == 'u' ? 2 + Encoding.ASCII.GetBytes(((int)character).ToString("x4", CultureInfo.InvariantCulture), output[2..]) : 2;
    }
}
