using System.Collections.Immutable;

namespace ProjectSilo.Grains.Project;

/// <summary>The aspect <c>x11</c> of the configuration (spec 09 §8).</summary>
internal static class X11Programs
{
    /// <summary>Key, with the program in brackets if it has another name.</summary>
    private const string Table =
        """
        unknown_test drracket emacs gvim inkscape gimp krita vscode(code) terminal(gnome-terminal) firefox gitk gitg idle okular libreoffice lowriter localc
        loimpress nteract wxmaxima rstudio octave(octave-gui) texmacs texstudio openmodelica(OMEdit) pspp(psppire) gnumeric scribus spyder gchempaint diffpdf
        massif-visualizer kcachegrind dia pycharm(pycharm.sh) intellij(idea.sh) avogadro shotwell evince calibre qgis grass ds9 xcas gnome-system-monitor gedit
        scilab cadabra2(cadabra2-gtk) vqe-playground kbibtex texmaker zotero jurism xfractint sqlitebrowser
        """;

    private static readonly ImmutableArray<(string Key, string Program)> Programs = [.. Table.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    public static ImmutableSortedDictionary<string, bool> Probe(ProgramSearch programs) =>
        Programs.ToImmutableSortedDictionary(entry => entry.Key, entry => programs.Have(entry.Program), StringComparer.Ordinal);

    private static (string Key, string Program) Parse(string entry)
    {
        var bracket = entry.IndexOf('(', StringComparison.Ordinal);
        return bracket < 0 ? (entry, entry) : (entry[..bracket], entry[(bracket + 1)..^1]);
    }
}
