using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Commands;

/// <summary>What came of trying to start a command.</summary>
/// <param name="Command">What is run, with the script's path among the arguments.</param>
internal sealed record CommandLaunch(CommandLine Command)
{
    /// <summary>The script file to remove at the end.</summary>
    public string? Script { get; init; }

    /// <summary>The process, if there is one.</summary>
    public ChildProcess? Child { get; init; }

    /// <summary>Why there is none.</summary>
    public PosixException? NotStarted { get; init; }

    /// <summary>The time limit passed before the process was started, e.g. because the working folder's file system hangs.</summary>
    public bool TimedOut { get; init; }

    /// <summary>Writes the script and starts the process. Blocks. A program that can't be run is a result.</summary>
    /// <exception cref="PosixException">The script can't be written.</exception>
    /// <exception cref="RequestException">A string contains NUL.</exception>
    public static CommandLaunch Start(CommandLauncher launcher, CommandLine command, SpawnOptions spawn, bool keepsWeight)
    {
        string? script = null;
        if (command.Script is { } text)
        {
            script = ScriptFile.Create(launcher.TemporaryDirectory, text, spawn.Uid);
            command = command with { Arguments = [script] };
        }

        var launch = new CommandLaunch(command) { Script = script };
        try
        {
            var child = ChildProcess.Start(spawn with { Program = command.Program, Arguments = command.Arguments });
            if (launcher.AutogroupNice > 0 && !keepsWeight)
            {
                // Owned by itself: it ends with the child and does not fail.
                _ = SessionWeight.Lower(child, launcher.AutogroupNice, atOnce: launcher.IsBusy, launcher.Time);
            }

            return launch with { Child = child };
        }
        catch (PosixException exception)
        {
            return launch with { NotStarted = exception };
        }
        catch (ArgumentException exception)
        {
            if (script is not null)
            {
                ScriptFile.Delete(script);
            }

            throw new RequestException(exception.Message);
        }
    }
}
