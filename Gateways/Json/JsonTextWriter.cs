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

    private static void WriteEscape(char character, IBufferWriter<byte> output)
    {
        switch (character)
        {
            case '"':
                output.Write("\\\""u8);
                break;
            case '\\':
                output.Write("\\\\"u8);
                break;
            case '\b':
                output.Write("\\b"u8);
                break;
            case '\f':
                output.Write("\\f"u8);
                break;
            case '\n':
                output.Write("\\n"u8);
                break;
            case '\r':
                output.Write("\\r"u8);
                break;
            case '\t':
                output.Write("\\t"u8);
                break;
            default:
                Encoding.ASCII.GetBytes($"\\u{(int)character:x4}", output);
                break;
        }
    }
}
