using System.Globalization;

namespace ProjectSilo.Grains.Formatters;

/// <summary>Shows the line of a Python text that an error names (spec 12 §4).</summary>
internal static class PythonContext
{
    private const int LinesAround = 2;

    /// <summary>
    /// Of the first <c>:2:</c> in the error: <code>
    /// Error occurred at line 2:
    ///
    ///   1 | a=1
    /// > 2 | def f(:
    ///   3 |   pass
    /// </code>
    /// </summary>
    /// <returns>Empty if the error names no line, or none that there is.</returns>
    public static string Of(string text, string error)
    {
        var lines = text.Split('\n');
        var number = LineNumber(error);
        if (number < 1 || number > lines.Length)
        {
            return "";
        }

        var before = Lines(lines, Math.Max(1, number - LinesAround), number - 1);
        var after = Lines(lines, number + 1, Math.Min(lines.Length, number + LinesAround));
        return $"Error occurred at line {number}:\n\n{before}\n> {number} | {lines[number - 1]}\n{after}";
    }

    private static string Lines(string[] lines, int first, int last) =>
        first > last ? "" : string.Join('\n', Enumerable.Range(first, last - first + 1).Select(number => $"  {number} | {lines[number - 1]}"));

    /// <summary>The first number between two colons; 0 if there is none, or it is no line of any text.</summary>
    private static int LineNumber(string error)
    {
        for (var colon = error.IndexOf(':', StringComparison.Ordinal); colon >= 0; colon = error.IndexOf(':', colon + 1))
        {
            var end = error.IndexOf(':', colon + 1);
            if (end > colon + 1 && !error.AsSpan(colon + 1, end - colon - 1).ContainsAnyExceptInRange('0', '9'))
            {
                return int.TryParse(error.AsSpan(colon + 1, end - colon - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
            }
        }

        return 0;
    }
}
