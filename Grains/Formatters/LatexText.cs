using System.Text;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Formatters;

/// <summary>What is done to the result of latexindent (spec 12 §2).</summary>
internal static class LatexText
{
    /// <summary>Blanks for tabs, and nothing for lines of white space.</summary>
    /// <exception cref="RequestException">It would become longer than <paramref name="maxCharacters"/>.</exception>
    public static string WithoutTabs(string text, int tabWidth, int maxCharacters)
    {
        if (text.Length + ((long)text.AsSpan().Count('\t') * (tabWidth - 1)) > maxCharacters)
        {
            throw FormatterErrors.TooLarge("latexindent", maxCharacters);
        }

        var result = new StringBuilder(text.Length);
        foreach (var line in text.AsSpan().Split('\n'))
        {
            if (line.Start.Value > 0)
            {
                result.Append('\n');
            }

            var content = text.AsSpan()[line];
            if (!content.IsWhiteSpace())
            {
                result.Append(content);
            }
        }

        return result.Replace("\t", new string(' ', tabWidth)).ToString();
    }
}
