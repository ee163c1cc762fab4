using System.Text.Json;

namespace ProjectSilo.Grains.Terminals;

/// <summary>
/// Finds the messages to browsers in what a terminal prints: <c>ESC ] 49 ; JSON BEL</c> (spec 11 §5). The text may come in any pieces. Nothing is removed from it.
/// </summary>
internal sealed class EscapeMessages
{
    private const string Introducer = "\e]49;";
    private const char End = '\a';

    /// <summary>In UTF-16 code units: where nothing ended a message so long, there is none.</summary>
    private const int MaxLength = 10_000;

    /// <summary>From a possible introducer on; empty outside.</summary>
    private string _begun = "";

    /// <summary>The messages that end in this piece, as JSON; what isn't JSON is left out.</summary>
    public IEnumerable<string> Take(string piece)
    {
        if (_begun.Length == 0 && !piece.Contains(Introducer[0], StringComparison.Ordinal))
        {
            return [];
        }

        return Scan(piece);
    }

    private List<string> Scan(string piece)
    {
        List<string> found = [];
        var text = _begun + piece;
        var position = 0;
        while (true)
        {
            var begin = text.IndexOf(Introducer, position, StringComparison.Ordinal);
            if (begin < 0)
            {
                _begun = Beginning(text.AsSpan(position));
                return found;
            }

            var content = begin + Introducer.Length;
            var end = text.IndexOf(End, content, Math.Min(text.Length - content, MaxLength));
            if (end < 0 && text.Length - content < MaxLength)
            {
                _begun = text[begin..];
                return found;
            }

            // What is none may hold the beginning of one.
            position = content;
            if (end >= 0 && IsJson(text.AsSpan(content, end - content)))
            {
                found.Add(text[content..end]);
                position = end + 1;
            }
        }
    }

    /// <summary>The longest end of a text that begins the introducer.</summary>
    private static string Beginning(ReadOnlySpan<char> text)
    {
        for (var length = Math.Min(text.Length, Introducer.Length - 1); length > 0; length--)
        {
            if (Introducer.AsSpan().StartsWith(text[^length..]))
            {
                return Introducer[..length];
            }
        }

        return "";
    }

    private static bool IsJson(ReadOnlySpan<char> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text.ToString());
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
