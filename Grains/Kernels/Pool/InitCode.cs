using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Kernels.Pool;

/// <summary>Code that brings a process that runs already to where it is wanted (spec 10 §3).</summary>
internal static class InitCode
{
    /// <summary><c>import os; os.chdir('/home/user')</c>; empty if there is nothing to execute.</summary>
    /// <param name="language">That of the kernelspec.</param>
    /// <param name="path">The absolute folder.</param>
    /// <exception cref="RequestException">It isn't known how this language does that.</exception>
    public static string ChangeDirectory(string language, string path)
    {
        var lower = language.ToLowerInvariant();
        return Family(lower) switch
        {
            "python" => $"import os; os.chdir('{Escape(path, '\'')}')",
            "r" => $"setwd(\"{Escape(path, '"')}\")",
            "julia" => $"cd(\"{Escape(path, '"')}\")",
            "octave" => $"cd('{Escape(path, '\'')}')",
            "javascript" => $"process.chdir(`{Escape(path, '`')}`)",
            "bash" => $"cd '{EscapeShell(path)}'",
            "prolog" => $"working_directory(_, '{Escape(path, '\'')}').",
            "c" => $"#include <unistd.h>\nchdir(\"{Escape(path, '"')}\")\n",
            "sparql" => "",
            _ => throw new RequestException($"unable to change directory: chdir for language {lower} is not implemented."),
        };
    }

    /// <summary><c>import os; os.environ['N'] = 'V'</c>; empty if there is nothing to execute.</summary>
    /// <param name="language">That of the kernelspec.</param>
    /// <param name="name">The name of a variable.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="RequestException">It isn't known how this language does that.</exception>
    public static string SetVariable(string language, string name, string value)
    {
        var lower = language.ToLowerInvariant();
        return Family(lower) switch
        {
            "python" => $"import os; os.environ['{name}'] = '{Escape(value, '\'')}'",
            "r" => $"Sys.setenv(\"{name}\"=\"{Escape(value, '"')}\")",
            "julia" => $"ENV[\"{name}\"] = \"{Escape(value, '"')}\"",
            "octave" => $"setenv('{name}','{Escape(value, '\'')}')",
            "javascript" => $"process.env.{name} = `{Escape(value, '`')}`",
            "bash" => $"{name}=\"{EscapeShell(value)}\"",
            "prolog" => $"setenv('{name}', '{Escape(value, '\'')}').",
            "c" => $"#include <cstdlib>\nstd::putenv(\"{name}={Escape(value, '"')}\")\n",
            "sparql" => "",
            _ => throw new RequestException($"unable to set environment variable: {name} for language {lower} is not implemented."),
        };
    }

    /// <summary>Whether both are known.</summary>
    public static bool Knows(string language) => Family(language.ToLowerInvariant()).Length > 0;

    private static string Family(string language) => language switch
    {
        _ when language.StartsWith("python", StringComparison.Ordinal) || language.StartsWith("sage", StringComparison.Ordinal) => "python",
        "matlab" => "octave",
        "sh" => "bash",
        _ when language.StartsWith("c++", StringComparison.Ordinal) => "c",
        "r" or "julia" or "octave" or "javascript" or "bash" or "prolog" or "c" or "sparql" => language,
        _ => "",
    };

    private static string Escape(string text, char quote) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(quote.ToString(), $"\\{quote}", StringComparison.Ordinal);

    /// <summary>So a <c>'</c> in a path does not work; it is what all have agreed on.</summary>
    private static string EscapeShell(string text)
    {
        foreach (var special in (string[])["\\", "\"", "'", "$", "`"])
        {
            text = text.Replace(special, "\\" + special, StringComparison.Ordinal);
        }

        return text;
    }
}
