using System.Collections.Immutable;

namespace ProjectSilo.Grains.Project;

/// <summary>The member <c>formatting</c> of the configuration: which formatters may be offered, and the program each needs (spec 09 §8, spec 06 §3.6).</summary>
internal static class FormattingTools
{
    /// <summary>
    /// Whether this daemon formats what the tool <c>prettier</c> does. Must be false without an implementation (spec 06 §3.6): clients switch on
    /// <c>css babel typescript json yaml html markdown</c> because of it.
    /// </summary>
    public static bool HasPrettier => false;

    /// <summary>Member → program.</summary>
    private static readonly Dictionary<string, string> Programs = new[]
    {
        "clang-format", "css", "gofmt", "html", "babel", "json", "latex", "markdown", "python", "rustfmt", "typescript", "yaml", "zig", "yapf3", "black",
        "autopep8", "tidy", "yapf", "latexindent",
    }
        .Select(name => KeyValuePair.Create(name, name))
        .Append(KeyValuePair.Create("bib-biber", "biber"))
        .Append(KeyValuePair.Create("formatR", "R"))
        .ToDictionary(StringComparer.Ordinal);

    public static ImmutableSortedDictionary<string, bool> Probe(ProgramSearch programs) =>
        Programs
            .ToImmutableSortedDictionary(tool => tool.Key, tool => programs.Have(tool.Value), StringComparer.Ordinal)
            .Add("prettier", HasPrettier);
}
