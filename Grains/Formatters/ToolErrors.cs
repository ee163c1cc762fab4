namespace ProjectSilo.Grains.Formatters;

/// <summary>What clients are told when a tool fails (spec 12 §4).</summary>
internal static class ToolErrors
{
    /// <summary><c>XML formatter "xml-tidy" exited with code 2</c>, and what it printed.</summary>
    public static string Output(string who, ToolFailure failure) => $"{who} exited with code {failure.Code}\nOutput:\n{failure.Stdout}\n{failure.Stderr}";

    /// <summary>With the place in the text. The quote at the end has nothing that it closes, and is what clients know.</summary>
    public static string Yapf(ToolFailure failure)
    {
        var stdout = failure.Stdout.Trim();
        var stderr = failure.Stderr.Trim();
        return $"Python formatter \"yapf\" exited with code {failure.Code}:{(stdout.Length > 0 ? "\n" + stdout : "")}\n{stderr}\n{PythonContext.Of(failure.Text(), failure.Stderr)}'";
    }

    /// <summary>Without the name of the file, which is nobody's: <c>2:12: expected ')', found '{'</c>.</summary>
    public static string Gofmt(ToolFailure failure)
    {
        var prefix = failure.File + ":";
        var lines = failure.Stderr.Split('\n').Select(line => line.StartsWith(prefix, StringComparison.Ordinal) ? line[prefix.Length..] : line);
        return Output("Gofmt code formatting utility \"gofmt\"", failure with { Stderr = string.Join('\n', lines) });
    }

    /// <summary>What it printed, but no line with the name of the file.</summary>
    public static string Rustfmt(ToolFailure failure)
    {
        var output = string.Join('\n', new[] { failure.Stdout, failure.Stderr }.Where(text => text.Length > 0));
        return string.Join('\n', output.Split('\n').Where(line => !line.Contains(failure.File, StringComparison.Ordinal)));
    }
}
