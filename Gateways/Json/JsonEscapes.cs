using System.Globalization;
using System.Text;

namespace ProjectSilo.Gateways.Json;

/// <summary>JSON string escapes, taken as JavaScript takes them.</summary>
internal static class JsonEscapes
{
    /// <summary>The string that the inside of a valid JSON string literal stands for, lone surrogates replaced by U+FFFD.</summary>
    public static string Unescape(ReadOnlySpan<byte> literal)
    {
        var source = Encoding.UTF8.GetString(literal);
        var result = new StringBuilder(source.Length);
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] != '\\')
            {
                result.Append(source[i]);
                continue;
            }

            i++;
            if (source[i] == 'u')
            {
                result.Append((char)ushort.Parse(source.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
            }
            else
            {
                result.Append(source[i] switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', var other => other });
            }
        }

        // A round trip over UTF-8 leaves pairs and replaces halves.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(result.ToString()));
    }
}
