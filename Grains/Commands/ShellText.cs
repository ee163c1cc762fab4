using System.Buffers;

namespace ProjectSilo.Grains.Commands;

/// <summary>Words and white space as spec 09 §1.2 has them.</summary>
internal static class ShellText
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/-");

    /// <summary>One word of shell text: <c>a b</c> → <c>'a b'</c>, <c>it's</c> → <c>'it'\''s'</c>, <c>'</c> → <c>\'</c>, empty → <c>''</c>.</summary>
    public static string Quote(string word)
    {
        if (word.Length == 0)
        {
            return "''";
        }

        if (!word.AsSpan().ContainsAnyExcept(Plain))
        {
            return word;
        }

        var quoted = $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
        while (quoted.StartsWith("''", StringComparison.Ordinal))
        {
            quoted = quoted[2..];
        }

        return quoted.Replace(@"\'''", @"\'", StringComparison.Ordinal);
    }

    /// <summary>Whether <paramref name="text"/> has white space in JavaScript's sense.</summary>
    public static bool HasWhiteSpace(string text) => text.Any(c => (char.IsWhiteSpace(c) && c != '\u0085') || c == '\uFEFF');
}
