using System.Collections.Immutable;
using System.Text;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>What the arguments of a conversion mean (spec 10 §10.1).</summary>
/// <param name="Command">The program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Source">The notebook, as given.</param>
/// <param name="PrintsPdf">Whether its HTML is printed afterwards.</param>
internal sealed record ConvertArguments(string Command, ImmutableArray<string> Arguments, string Source, bool PrintsPdf)
{
    /// <summary>Reads arguments: <c>["--to","lab-pdf","--","a[1].ipynb"]</c> → <c>jupyter nbconvert --to html -- a[[]1[]].ipynb</c>, and then the PDF.</summary>
    /// <exception cref="RequestException"><c>no source</c></exception>
    public static ConvertArguments Of(ImmutableArray<string> arguments)
    {
        var source = SourceOf(arguments) ?? throw new RequestException("no source");
        var to = arguments.IndexOf("--to");
        return (to >= 0 && to + 1 < arguments.Length ? arguments[to + 1] : "") switch
        {
            "sagews" => new ConvertArguments("smc-ipynb2sagews", arguments.RemoveRange(to, Math.Min(3, arguments.Length - to)), source, PrintsPdf: false),
            "lab-pdf" => Nbconvert(ToHtml(arguments, "lab-pdf"), source, printsPdf: true),
            "classic-pdf" => Nbconvert(["--template", "classic", .. ToHtml(arguments, "classic-pdf")], source, printsPdf: true),
            _ => Nbconvert(arguments, source, printsPdf: false),
        };
    }

    private static ConvertArguments Nbconvert(ImmutableArray<string> arguments, string source, bool printsPdf) =>
        new("jupyter", ["nbconvert", .. arguments[..^1], Escape(arguments[^1])], source, printsPdf);

    private static ImmutableArray<string> ToHtml(ImmutableArray<string> arguments, string to) => arguments.SetItem(arguments.IndexOf(to), "html");

    /// <summary>The first that is no option. One that begins with two dashes takes the next with it, unless it has a value of its own.</summary>
    private static string? SourceOf(ImmutableArray<string> arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith('-'))
            {
                return arguments[i];
            }

            if (arguments[i] == "--")
            {
                // What follows is no option, whatever it begins with.
                return i + 1 < arguments.Length ? arguments[i + 1] : null;
            }

            i += arguments[i].StartsWith("--", StringComparison.Ordinal) && !arguments[i].Contains('=', StringComparison.Ordinal) ? 1 : 0;
        }

        return null;
    }

    /// <summary>nbconvert takes names for patterns: each character of a pattern stands for itself in brackets.</summary>
    private static string Escape(string name)
    {
        var escaped = new StringBuilder(name.Length);
        foreach (var character in name)
        {
            _ = character is '[' or ']' or '*' or '?' ? escaped.Append('[').Append(character).Append(']') : escaped.Append(character);
        }

        return escaped.ToString();
    }
}
