using System.Collections.Immutable;
using System.Globalization;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Interfaces.Formatters;

namespace ProjectSilo.Grains.Formatters;

/// <summary>The formatters that are programs (spec 12 §2). All other parsers are prettier's.</summary>
internal static class FormatterTools
{
    private const string TidyBroken = "XML formatter broken or not available. Is 'xml-tidy' installed?";
    private const string BiberBroken = "Bibtex formatter broken or not available. Is 'bib-biber' installed?";
    private const int MaxExtensionCharacters = 32;

    private static readonly FormatterTool Yapf = new("yapf", (_, file) => ["-i", file], ToolErrors.Yapf) { OtherProgram = "yapf3", Check = RequireYapf };
    private static readonly FormatterTool Gofmt = new("gofmt", (_, file) => ["-w", file], ToolErrors.Gofmt);
    private static readonly FormatterTool Rustfmt = new("rustfmt", (_, file) => [file], ToolErrors.Rustfmt);
    private static readonly FormatterTool ClangFormat = new("clang-format", ClangFormatArguments, failure => ToolErrors.Output("C/C++ code formatting utility \"clang-format\"", failure))
    {
        FileName = request => "text." + Extension(request.Path),
        Check = request => _ = TabWidth(request),
    };

    private static readonly FormatterTool R = new("R", RArguments, failure => failure.Stderr);
    private static readonly FormatterTool Latexindent = new("latexindent", (_, file) => [file], failure => $"latexindent exited with code {failure.Code}")
    {
        FileName = _ => "text.tex",
        ResultFile = null,
        Rework = (text, request, maxCharacters) => request.UseTabs ? text : LatexText.WithoutTabs(text, TabWidth(request), maxCharacters),
        Check = request => _ = TabWidth(request),
    };

    private static readonly FormatterTool Tidy = new("tidy", (_, file) => [.. TidyOptions, file], failure => ToolErrors.Output("XML formatter \"xml-tidy\"", failure))
    {
        MaxGoodExitCode = 1,
        Timeout = options => options.TidyTimeout,
        Missing = TidyBroken,
        Killed = TidyBroken,
    };

    private static readonly FormatterTool Biber = new("biber", BiberArguments, failure => ToolErrors.Output("Bibtex formatter \"bib-biber\"", failure))
    {
        ResultFile = BiberResult,
        Timeout = options => options.BiberTimeout,
        Missing = BiberBroken,
        Killed = BiberBroken,
    };

    private static readonly FormatterTool Zig = new("zig", (_, file) => ["fmt", file], failure => failure.Stderr);

    private static ImmutableArray<string> TidyOptions =>
    [
        "-modify", "-xml", "--indent", "yes", "--vertical-space", "yes", "--indent-spaces", "2", "--wrap", "80", "--sort-attributes", "alpha", "--quiet", "yes",
        "--write-back", "yes", "--show-warnings", "no", "--tidy-mark", "no",
    ];

    /// <summary>The tool of a parser; null: it is prettier's.</summary>
    public static FormatterTool? Of(string? parser) => parser switch
    {
        "python" or "yapf" => Yapf,
        "gofmt" => Gofmt,
        "rust" or "rustfmt" => Rustfmt,
        "clang-format" => ClangFormat,
        "r" or "formatR" => R,
        "latex" or "latexindent" => Latexindent,
        "xml-tidy" => Tidy,
        "bib-biber" => Biber,
        "zig" => Zig,
        _ => null,
    };

    private static void RequireYapf(FormatRequest request)
    {
        if (request.Util is not (null or "yapf"))
        {
            throw new RequestException("This project only supports 'yapf' for formatting Python");
        }
    }

    private static ImmutableArray<string> ClangFormatArguments(FormatRequest request, string file) =>
    [
        "--sort-includes=0", "-i", string.Create(CultureInfo.InvariantCulture, $"-style={{BasedOnStyle: google, IndentWidth: {TabWidth(request)}}}"), file,
    ];

    private static ImmutableArray<string> RArguments(FormatRequest request, string file) =>
    [
        "--quiet", "--vanilla", "--no-save", "-e",
        $"suppressMessages(require(formatR)); tidy_source(source=\"{file}\", file=\"{file}\", indent=2, width.cutoff=80)",
    ];

    private static ImmutableArray<string> BiberArguments(FormatRequest request, string file) =>
        ["--tool", "--output-align", "--output-indent=2", "--output-fieldcase=lower", "--output-file", BiberResult(file), file];

    private static string BiberResult(string file) => file + ".formatted";

    /// <summary>Absent and 0 are the default; nobody indents by a thousand, and the text would grow out of all bounds.</summary>
    private static int TabWidth(FormatRequest request)
    {
        const int defaultWidth = 2;
        const int maxWidth = 100;
        return request.TabWidth switch
        {
            null or 0 => defaultWidth,
            > 0 and <= maxWidth and var width when double.IsInteger(width) => (int)width,
            _ => throw new RequestException($"tabWidth must be a whole number from 0 to {maxWidth}"),
        };
    }

    /// <summary>The extension of the document, if it can be part of a file's name.</summary>
    private static string Extension(string path)
    {
        var extension = ProjectPath.Extension(path);
        return extension.Length <= MaxExtensionCharacters && extension.All(character => char.IsAsciiLetterOrDigit(character) || character is '+' or '-' or '_') ? extension : "";
    }
}
