using System.Collections.Immutable;
using System.Globalization;
using ProjectSilo.Grains.Interfaces.Commands;

namespace ProjectSilo.Grains.Commands;

/// <summary>What a call really runs (spec 09 §1.2): shell text in a script file, or a program directly.</summary>
/// <param name="Program">The program, <c>bash</c> for shell text.</param>
/// <param name="Arguments">Its arguments; of shell text, empty until the script file has a path.</param>
/// <param name="Script">The content of the script file, or null for the direct form.</param>
/// <param name="Display">The command as error texts name it (spec 09 §1.9, <c>X</c>).</param>
internal sealed record CommandLine(string Program, ImmutableArray<string> Arguments, string? Script, string Display)
{
    // Beyond it ulimit complains on the command's stderr; as a limit it would mean nothing.
    private const double LargestCpuSeconds = 1e15;

    /// <summary>Decides the form.</summary>
    public static CommandLine Of(ExecOptions options)
    {
        var bash = options.Bash || (options.Args.IsEmpty && ShellText.HasWhiteSpace(options.Command));
        if (!bash)
        {
            return new CommandLine(options.Command, options.Args, null, $"'{options.Command}' (args={string.Join(' ', options.Args)})");
        }

        var text = options.Args.IsEmpty ? options.Command : string.Join(' ', options.Args.Prepend(options.Command).Select(ShellText.Quote));
        var limit = options is { UlimitTimeout: true, TimeoutSeconds: > 0 and < LargestCpuSeconds }
            ? string.Create(CultureInfo.InvariantCulture, $"ulimit -t {Math.Ceiling(options.TimeoutSeconds):F0}\n")
            : "";
        return new CommandLine("bash", [], limit + text, text);
    }

    /// <summary>Program and arguments as executed, e.g. <c>bash /tmp/cocalc-sC43Pe/a.sh</c>; with a space at the end if there are no arguments.</summary>
    public string Executed => $"{Program} {string.Join(' ', Arguments)}";
}
