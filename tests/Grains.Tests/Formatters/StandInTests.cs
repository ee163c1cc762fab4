using ProjectSilo.Grains.Tests.Project;

namespace ProjectSilo.Grains.Tests.Formatters;

/// <summary>Arguments, results and errors of each tool by the table of spec 12 §2 and §4, with recorded stand-ins for the tools: most are too large for a test machine.</summary>
public sealed class StandInTests
{
    /// <summary>The last argument is the file; the arguments are noted with F for its path.</summary>
    private const string Note = "#!/bin/sh\nfor file; do :; done\nnote() { for a; do printf '%s\\n' \"$a\" | sed \"s|$file|F|g\"; done >\"$HOME/arguments\"; }\nnote \"$@\"\n";

    [Theory]
    [InlineData("python", "yapf", "-i F")]
    [InlineData("yapf", "yapf3", "-i F")]
    [InlineData("gofmt", "gofmt", "-w F")]
    [InlineData("rust", "rustfmt", "F")]
    [InlineData("rustfmt", "rustfmt", "F")]
    [InlineData("clang-format", "clang-format", "--sort-includes=0 -i -style={BasedOnStyle: google, IndentWidth: 2} F")]
    [InlineData(
        "xml-tidy", "tidy",
        "-modify -xml --indent yes --vertical-space yes --indent-spaces 2 --wrap 80 --sort-attributes alpha --quiet yes --write-back yes --show-warnings no --tidy-mark no F")]
    [InlineData("zig", "zig", "fmt F")]
    public async Task Tool_WritesItsFile(string parser, string program, string arguments)
    {
        await using var cluster = await Start(program, Note + "[ \"$(cat \"$file\")\" = in ] && printf 'out \\342\\202\\254' >\"$file\"\n");
        Assert.Equal("out €", await cluster.Format("in", parser));
        Assert.Equal(arguments, (await File.ReadAllTextAsync(Path.Join(cluster.Home, "arguments"))).TrimEnd().Replace('\n', ' '));
        Assert.Empty(cluster.TemporaryFiles);
    }

    [Theory]
    [InlineData("r")]
    [InlineData("formatR")]
    public async Task R_GetsAnExpression(string parser)
    {
        const string expression = "suppressMessages(require(formatR)); tidy_source(source=\"F\", file=\"F\", indent=2, width.cutoff=80)";
        await using var cluster = await Start("R", """
            #!/bin/sh
            file=$(expr "$5" : '.*source="\([^"]*\)".*')
            printf '%s ' "$@" | sed "s|$file|F|g" >"$HOME/arguments"
            echo out >"$file"
            """);
        Assert.Equal("out\n", await cluster.Format("in", parser));
        Assert.Equal($"--quiet --vanilla --no-save -e {expression} ", await File.ReadAllTextAsync(Path.Join(cluster.Home, "arguments")));
    }

    [Fact]
    public async Task Biber_WritesAnotherFile()
    {
        await using var cluster = await Start("biber", Note + "shift 4\n[ \"$1\" = --output-file ] && echo \"@$(cat \"$3\")\" >\"$2\"\n");
        Assert.Equal("@in\n", await cluster.Format("in", "bib-biber"));
        Assert.StartsWith("--tool\n--output-align\n--output-indent=2\n--output-fieldcase=lower\n--output-file\n", await File.ReadAllTextAsync(Path.Join(cluster.Home, "arguments")));
    }

    [Theory]
    [InlineData(false, null, "a\n\n  b\n")]
    [InlineData(false, 4.0, "a\n\n    b\n")]
    [InlineData(true, 4.0, "a\n \t\n\tb\n")]
    public async Task Latexindent_Prints_AndTabsBecomeBlanks(bool useTabs, double? tabWidth, string expected)
    {
        await using var cluster = await Start("latexindent", Note + "expr \"$file\" : '.*\\.tex$' >/dev/null && printf 'a\\n \\t\\n\\tb\\n'\n");
        Assert.Equal(expected, (await cluster.Formatter.Format(FormatterCalls.Request("in", "latex", tabWidth: tabWidth) with { UseTabs = useTabs }, "test", default)).ToString());
        Assert.Equal("F\n", await File.ReadAllTextAsync(Path.Join(cluster.Home, "arguments")));
    }

    [Theory]
    [InlineData("a.c", "text.c")]
    [InlineData("x/b.c++", "text.c++")]
    [InlineData("Makefile", "text.")]
    [InlineData("a.b/c", "text.")]
    [InlineData("a.x\0y", "text.")]
    [InlineData("a.$(reboot)", "text.")]
    public async Task ClangFormat_TakesTheExtension(string path, string name)
    {
        await using var cluster = await Start("clang-format", "#!/bin/sh\nfor file; do :; done\nbasename \"$file\" >\"$file\"\n");
        Assert.Equal(name + "\n", await cluster.Format("in", "clang-format", path));
    }

    [Fact]
    public async Task ClangFormat_TakesTheWidth()
    {
        await using var cluster = await Start("clang-format", "#!/bin/sh\necho \"$3\" >\"$4\"\n");
        Assert.Equal("-style={BasedOnStyle: google, IndentWidth: 8}\n", await cluster.Format("in", "clang-format", tabWidth: 8));
        foreach (var width in (double[])[-1, 1.5, 1e9, double.NaN, double.PositiveInfinity])
        {
            Assert.Equal("tabWidth must be a whole number from 0 to 100", await cluster.Refusal("in", "clang-format", tabWidth: width));
        }
    }

    [Theory]
    [InlineData("python", "yapf", 3, "Python formatter \"yapf\" exited with code 3:\nO\nE\n'")]
    [InlineData("gofmt", "gofmt", 2, "Gofmt code formatting utility \"gofmt\" exited with code 2\nOutput:\nO\n\nE\n")]
    [InlineData("clang-format", "clang-format", 1, "C/C++ code formatting utility \"clang-format\" exited with code 1\nOutput:\nO\n\nE\n")]
    [InlineData("rustfmt", "rustfmt", 1, "O\n\nE\n")]
    [InlineData("formatR", "R", 1, "E\n")]
    [InlineData("latexindent", "latexindent", 5, "latexindent exited with code 5")]
    [InlineData("xml-tidy", "tidy", 2, "XML formatter \"xml-tidy\" exited with code 2\nOutput:\nO\n\nE\n")]
    [InlineData("bib-biber", "biber", 2, "Bibtex formatter \"bib-biber\" exited with code 2\nOutput:\nO\n\nE\n")]
    [InlineData("zig", "zig", 1, "E\n")]
    public async Task Failure_IsToldInTheToolsWords(string parser, string program, int code, string message)
    {
        await using var cluster = await Start(program, $"#!/bin/sh\necho O\necho E >&2\nexit {code}\n");
        Assert.Equal(message, await cluster.Refusal("in", parser));
        Assert.Empty(cluster.TemporaryFiles);
    }

    [Fact]
    public async Task Gofmt_AndRustfmt_DontNameTheFile()
    {
        await using var cluster = await Start("gofmt", "#!/bin/sh\necho \"$2:2:12: bad\" >&2\necho \"in $2:3\" >&2\nexit 2\n");
        Assert.Matches("^Gofmt code formatting utility \"gofmt\" exited with code 2\nOutput:\n\n2:12: bad\nin /.*:3\n$", await cluster.Refusal("in", "gofmt"));
        cluster.WriteTool("rustfmt", "#!/bin/sh\necho one >&2\necho \" --> $1:1:2\" >&2\necho two >&2\nexit 1\n");
        Assert.Equal("one\ntwo\n", await cluster.Refusal("in", "rust"));
    }

    [Theory]
    [InlineData("python", "Formatting utility \"yapf\" is not installed")]
    [InlineData("gofmt", "Formatting utility \"gofmt\" is not installed")]
    [InlineData("rust", "Formatting utility \"rustfmt\" is not installed")]
    [InlineData("clang-format", "Formatting utility \"clang-format\" is not installed")]
    [InlineData("r", "Formatting utility \"R\" is not installed")]
    [InlineData("latex", "Formatting utility \"latexindent\" is not installed")]
    [InlineData("xml-tidy", "XML formatter broken or not available. Is 'xml-tidy' installed?")]
    [InlineData("bib-biber", "Bibtex formatter broken or not available. Is 'bib-biber' installed?")]
    [InlineData("zig", "Formatting utility \"zig\" is not installed")]
    [InlineData("babel", "Could not load 'prettier'")]
    [InlineData(null, "Could not load 'prettier'")]
    public async Task MissingTool_IsToldSo(string? parser, string message)
    {
        await using var cluster = new ProjectCluster();
        cluster.Environment = cluster.Environment.SetItem("PATH", cluster.Tools);
        await cluster.Start();
        Assert.Equal(message, await cluster.Refusal("in", parser));
        Assert.Empty(cluster.TemporaryFiles);
    }

    [Fact]
    public async Task ToolWithoutItsInterpreter_IsNotInstalled()
    {
        await using var cluster = await Start("zig", "#!/no/such/interpreter\n");
        Assert.Equal("Formatting utility \"zig\" is not installed", await cluster.Refusal("in", "zig"));
    }

    [Fact]
    public async Task AnotherUtilForPython_IsRefused()
    {
        await using var cluster = await Start("yapf", "#!/bin/sh\n");
        var request = FormatterCalls.Request("in", "python");
        Assert.Equal("in", (await cluster.Formatter.Format(request with { Util = "yapf" }, "test", default)).ToString());
        var exception = await Assert.ThrowsAsync<Interfaces.Errors.RequestException>(() => cluster.Formatter.Format(request with { Util = "black" }, "test", default));
        Assert.Equal("This project only supports 'yapf' for formatting Python", exception.Message);
    }

    private static async Task<ProjectCluster> Start(string program, string script)
    {
        var cluster = new ProjectCluster();
        // Only what the stand-ins need, so that nothing that is installed is found.
        var bin = Path.Join(cluster.Data, "bin");
        Directory.CreateDirectory(bin);
        foreach (var name in (string[])["sh", "cat", "sed", "expr", "basename"])
        {
            File.CreateSymbolicLink(Path.Join(bin, name), "/usr/bin/" + name);
        }

        cluster.Environment = cluster.Environment.SetItem("PATH", $"{cluster.Tools}:{bin}");
        cluster.WriteTool(program, script);
        return await cluster.Start();
    }
}
