using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Interfaces.Terminals;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Terminals;

/// <summary>What a terminal starts, from its path and its options (spec 11 §1, §3.1).</summary>
/// <param name="project">The project.</param>
/// <param name="path">The terminal's path, e.g. <c>dir/.a.term-0.term</c>.</param>
/// <param name="options">The options it was created with.</param>
internal sealed class TerminalLaunch(ProjectSettings project, string path, TerminalOptions options)
{
    private const string DefaultCommand = "/bin/bash";

    /// <summary>Leaves the alternate screen and the mouse modes of the program before, and hides itself.</summary>
    private const string Cleaning =
        """tput rmcup; printf '\e[?1000l\e[?1002l\e[?1003l\e[?1006l\e[?1l'; clear -x; sleep 0.1; clear -x; sleep 0.1; clear -x; history -d $(history 1);""";

    /// <summary>The program.</summary>
    public string Command => string.IsNullOrEmpty(options.Command) ? DefaultCommand : options.Command;

    /// <summary>The path of the browser's tab, e.g. <c>dir/a.term</c>.</summary>
    public string PrimaryPath => options.Path ?? path;

    /// <summary>The folder that the terminal's path is in, absolute.</summary>
    public string Folder => ProjectPath.Absolute(project.Home, ProjectPath.Folder(path));

    /// <summary>The folder that the program starts in, absolute.</summary>
    public string WorkingDirectory => options.WorkingDirectory switch
    {
        null => Folder,
        var given when given.StartsWith("$HOME", StringComparison.Ordinal) => ProjectPath.Absolute(project.Home, project.Home + given["$HOME".Length..]),
        var given => ProjectPath.Absolute(project.Home, given),
    };

    /// <summary>What is typed before all else; null for none.</summary>
    public string? FirstInput =>
        !Command.EndsWith("bash", StringComparison.Ordinal) ? null
        : project.ComputeServerId == 0 ? Cleaning + "\n"
        : """PS1="(\h) \w$ "; """ + Cleaning + "\n";

    /// <summary>The file of the shell's history; null if the variable is not set.</summary>
    private string? HistoryFile
    {
        get
        {
            var primary = PrimaryPath;
            return primary.StartsWith('/') ? null
                : primary.EndsWith(".term", StringComparison.Ordinal) ? ProjectPath.Absolute(project.Home, primary)
                : ProjectPath.Absolute(project.Home, ProjectPath.Folder(primary) is "" ? ".bash_history" : ProjectPath.Folder(primary) + "/.bash_history");
        }
    }

    /// <summary>What to start. Blocks: it looks for the init file.</summary>
    public SpawnOptions Prepare()
    {
        var initFile = $".{ProjectPath.Name(path)}.init";
        return new SpawnOptions
        {
            Program = Command,
            Arguments = File.Exists($"{Folder}/{initFile}") ? [.. options.Arguments, "--init-file", initFile] : options.Arguments,
            WorkingDirectory = WorkingDirectory,
            Environment = Variables(),
        };
    }

    private Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["PROMPT_COMMAND"] = "history -a" };
        if (HistoryFile is { } history)
        {
            variables["HISTFILE"] = history;
        }

        foreach (var (name, value) in options.Environment)
        {
            variables[name] = value;
        }

        foreach (var (name, value) in project.CommandEnvironment)
        {
            variables[name] = value;
        }

        variables["COCALC_TERMINAL_FILENAME"] = ProjectPath.Name(path);
        variables["TERM"] = project.CommandEnvironment.GetValueOrDefault("TERM") is { Length: > 0 } type ? type : "xterm";
        variables.Remove("TMUX");
        return variables;
    }
}
