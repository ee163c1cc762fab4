using System.Collections.Immutable;
using ProjectSilo.Grains.Formatters;

namespace ProjectSilo.Grains.Project;

/// <summary>The member <c>formatting</c> of the configuration: which formatters may be offered, and the program each needs (spec 09 §8, spec 06 §3.6).</summary>
internal static class FormattingTools
{
    /// <summary>Member → program.</summary>
    private static readonly Dictionary<string, string> Programs = new[]
    {
        "clang-format", "css", "gofmt", "html", "babel", "json", "latex", "markdown", "python", "rustfmt", "typescript", "yaml", "zig", "yapf3", "black",
        "autopep8", "tidy", "latexindent",
    }
        .Select(name => KeyValuePair.Create(name, name))
        .Append(KeyValuePair.Create("bib-biber", "biber"))
        .Append(KeyValuePair.Create("formatR", "R"))
        .ToDictionary(StringComparer.Ordinal);

    /// <summary>
    /// Looks for them. Because of <c>yapf</c> clients switch on Python, which Debian's <c>yapf3</c> formats as well; because of <c>prettier</c>
    /// <c>css babel typescript json yaml html markdown</c>, so it must be false where it can't be started (spec 06 §3.6).
    /// </summary>
    public static ImmutableSortedDictionary<string, bool> Probe(ProgramSearch programs) =>
        Programs
            .ToImmutableSortedDictionary(tool => tool.Key, tool => programs.Have(tool.Value), StringComparer.Ordinal)
            .Add("yapf", programs.Have("yapf") || programs.Have("yapf3"))
            .Add("prettier", PrettierInstallation.Find(programs) is not null);
}
