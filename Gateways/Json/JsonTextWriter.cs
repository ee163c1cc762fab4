using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Json;

/// <summary>
/// Writes the bytes that JavaScript's <c>JSON.stringify</c> gives: nothing escaped but quotes, backslashes, control characters and lone surrogates, numbers as
/// JavaScript prints them.
/// </summary>
internal static class JsonTextWriter
{
    private const int MaxEscapeBytes = 6;

    private static readonly SearchValues<byte> EscapedBytes = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (byte)code), (byte)'"', (byte)'\\']);
    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (char)code), '"', '\\']);

    public static void Write(WireValue value, IBufferWriter<byte> output)
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
            case WireValue.Utf8Text text:
                WriteUtf8(text.Value.Span, output);
                break;
            case WireValue.Date date:
                WriteText(date.Value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), output);
                break;
            case WireValue.Items items:
                WriteItems(items, output);
                break;
            case WireValue.Members members:
                WriteMembers(members, output);
                break;
            default:
                // Infinite numbers as well.
                output.Write("null"u8);
                break;
        }
    }

    private static void WriteItems(WireValue.Items items, IBufferWriter<byte> output)
    {
        output.Write("["u8);
        var isFirst = true;
        foreach (var item in items.Values)
        {
            if (!isFirst)
            {
                output.Write(","u8);
            }

            isFirst = false;
            Write(item, output);
        }

        output.Write("]"u8);
    }

    private static void WriteMembers(WireValue.Members members, IBufferWriter<byte> output)
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
            Write(member, output);
        }

        output.Write("}"u8);
    }

    private static void WriteText(ReadOnlySpan<char> text, IBufferWriter<byte> output)
    {
        output.Write("\""u8);
        while (true)
        {
            var plain = text.IndexOfAny(Escaped);
            WritePlain(plain < 0 ? text : text[..plain], output);
            if (plain < 0)
            {
                break;
            }

            WriteEscape(text[plain], output);
            text = text[(plain + 1)..];
        }

        output.Write("\""u8);
    }

    /// <summary>A large text: written into the output's own room, not piece by piece.</summary>
    private static void WriteUtf8(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        output.Write("\""u8);
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

        output.Write("\""u8);
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
