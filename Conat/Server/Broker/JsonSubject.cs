using System.Buffers;
using System.Globalization;
using System.Text.Unicode;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>Reads a subject out of its JSON string without making a string, lone surrogates kept: subjects compare by UTF-16 code units.</summary>
internal static class JsonSubject
{
    /// <param name="json">A well-formed JSON string with its quotes.</param>
    /// <param name="subject">Gets its characters.</param>
    /// <param name="length">How many.</param>
    /// <returns>False if there is no room for it.</returns>
    public static bool TryRead(ReadOnlySpan<byte> json, Span<char> subject, out int length) => TryReadContent(json[1..^1], subject, out length);

    /// <summary>The same without the quotes.</summary>
    public static bool TryReadContent(ReadOnlySpan<byte> rest, Span<char> subject, out int length)
    {
        length = 0;
        while (true)
        {
            var escape = rest.IndexOf((byte)'\\');
            var plain = escape < 0 ? rest : rest[..escape];
            // Encoding.UTF8 would allocate a decoder when there is no room.
            if (Utf8.ToUtf16(plain, subject[length..], out _, out var written) == OperationStatus.DestinationTooSmall)
            {
                return false;
            }

            length += written;
            if (escape < 0)
            {
                return true;
            }

            if (length == subject.Length)
            {
                return false;
            }

            subject[length++] = Unescape(rest[(escape + 1)..], out var used);
            rest = rest[(escape + 1 + used)..];
        }
    }

    private static char Unescape(ReadOnlySpan<byte> text, out int used)
    {
        used = 1;
        switch (text[0])
        {
            case (byte)'b':
                return '\b';
            case (byte)'f':
                return '\f';
            case (byte)'n':
                return '\n';
            case (byte)'r':
                return '\r';
            case (byte)'t':
                return '\t';
            case (byte)'u':
                used = 5;
                return (char)ushort.Parse(text[1..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            default:
                return (char)text[0];
        }
    }
}
