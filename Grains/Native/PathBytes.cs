using System.Buffers;
using System.Text;
using System.Text.Unicode;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// Paths as strings that lose nothing: a byte that is not UTF-8 is a lone surrogate, <c>0xE9</c> being U+DCE9, and becomes that byte again.
/// What clients see has U+FFFD in its place.
/// </summary>
internal static class PathBytes
{
    private const char Escape = '\uDC00';

    /// <summary>The path for a call: its bytes and a NUL.</summary>
    /// <exception cref="RequestException">It contains NUL, which would cut it short.</exception>
    public static byte[] Encode(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new RequestException("paths must not contain null bytes");
        }

        if (Utf8Size(path) is { } size)
        {
            var bytes = new byte[size + 1];
            Encoding.UTF8.GetBytes(path, bytes);
            return bytes;
        }

        return EncodeEscaped(path);
    }

    /// <summary>The lossless string of a name or path without NUL.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (var value in bytes[..consumed])
                {
                    text.Append((char)(Escape + value));
                }
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    /// <summary>A name as clients see it.</summary>
    public static string Show(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>A lossless path as clients see it.</summary>
    public static string Show(string path) => Utf8Size(path) is null ? Show(EncodeEscaped(path).AsSpan()[..^1]) : path;

    /// <summary>Null if the text has lone surrogates.</summary>
    private static int? Utf8Size(string text)
    {
        for (var rest = text.AsSpan(); rest.IndexOfAnyInRange('\uD800', '\uDFFF') is >= 0 and var index;)
        {
            if (Rune.DecodeFromUtf16(rest[index..], out _, out var consumed) != OperationStatus.Done)
            {
                return null;
            }

            rest = rest[(index + consumed)..];
        }

        return Encoding.UTF8.GetByteCount(text);
    }

    private static byte[] EncodeEscaped(string path)
    {
        var bytes = new List<byte>(path.Length + 8);
        Span<byte> encoded = stackalloc byte[4];
        for (var rest = path.AsSpan(); rest.Length > 0;)
        {
            var valid = Rune.DecodeFromUtf16(rest, out var rune, out var consumed) == OperationStatus.Done;
            if (!valid && rest[0] is >= (char)(Escape + 0x80) and <= (char)(Escape + 0xFF))
            {
                bytes.Add((byte)(rest[0] - Escape));
            }
            else
            {
                // An invalid one decodes as U+FFFD.
                bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
            }

            rest = rest[consumed..];
        }

        bytes.Add(0);
        return [.. bytes];
    }
}
