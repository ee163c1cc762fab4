using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>Looks into the JSON of messages without making values of it.</summary>
internal static class JupyterJson
{
    /// <summary>Deeper values are refused.</summary>
    private const int MaxDepth = 1000;

    // Most of all members read are one of these; they need no string of their own.
    private static readonly string[] Known =
    [
        "status", "stream", "busy", "idle", "execute_input", "execute_reply", "execute_result", "display_data", "update_display_data", "error", "clear_output", "comm_msg", "comm_open", "comm_close",
        "starting", "kernel_info_reply", "input_request", "complete_reply", "inspect_reply", "interrupt_reply", "shutdown_reply",
    ];

    /// <summary>
    /// The JSON with each malformed UTF-8 sequence in it replaced by U+FFFD, as a decoder of a browser does: python's kernels send a lone surrogate of a string, e.g. of a file name, as the byte it
    /// stands for.
    /// </summary>
    public static ReadOnlyMemory<byte> Repair(ReadOnlyMemory<byte> json) =>
        Utf8.IsValid(json.Span) ? json : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json.Span));

    /// <summary>Whether it is one JSON object; reads the texts of two of its own members on the way.</summary>
    /// <param name="json">Valid UTF-8.</param>
    /// <param name="firstName">A member's name; empty for none.</param>
    /// <param name="first">Null if there is none, or it is no text.</param>
    /// <param name="secondName">Another one's.</param>
    /// <param name="second">The same.</param>
    public static bool IsObject(ReadOnlySpan<byte> json, ReadOnlySpan<byte> firstName, out string? first, ReadOnlySpan<byte> secondName, out string? second)
    {
        first = second = null;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read())
            {
                if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
                {
                    continue;
                }

                var isFirst = IsNamed(ref reader, firstName);
                var isSecond = !isFirst && IsNamed(ref reader, secondName);
                if (isFirst || isSecond)
                {
                    reader.Read();
                    var text = reader.TokenType == JsonTokenType.String ? Text(ref reader) : null;
                    (first, second) = isFirst ? (text, second) : (first, text);
                }
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether it is one JSON object.</summary>
    public static bool IsObject(ReadOnlySpan<byte> json) => IsObject(json, default, out _, default, out _);

    // Names with escapes aren't ours.
    private static bool IsNamed(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => !name.IsEmpty && reader.ValueSpan.SequenceEqual(name);

    /// <summary>The text; null for one with half a surrogate pair.</summary>
    private static string? Text(ref Utf8JsonReader reader)
    {
        foreach (var known in Known)
        {
            if (Ascii.Equals(reader.ValueSpan, known))
            {
                return known;
            }
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
