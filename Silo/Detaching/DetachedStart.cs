using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Silo.Detaching;

/// <summary>
/// <c>--daemon</c> (spec 01 §3). A .NET process can't fork, so the launcher, after its checks, starts the same program again in a session of its own
/// with its standard streams on <c>/dev/null</c>, and exits.
/// </summary>
internal static class DetachedStart
{
    /// <summary>Tells the started process that it is the detached one. It removes the variable.</summary>
    public const string Marker = "PROJECTSILO_DETACHED";

    /// <summary>The runtime's door for debuggers: through it any process of the same user could read the daemon's memory, token included.</summary>
    private const string Diagnostics = "DOTNET_EnableDiagnostics";

    /// <param name="environment">The environment as it was given to the launcher: the daemon cleans it itself.</param>
    /// <exception cref="StartFailedException">The process could not be started.</exception>
    public static void Launch(string[] arguments, IReadOnlyDictionary<string, string> environment, string workingFolder)
    {
        try
        {
            ChildProcess.Start(new SpawnOptions
            {
                Program = OwnCommand.Program,
                Arguments = [.. OwnCommand.LeadingArguments, .. arguments],
                WorkingDirectory = workingFolder,
                Environment = new Dictionary<string, string>(environment, StringComparer.Ordinal)
                {
                    [Marker] = "1",
                    [Diagnostics] = environment.GetValueOrDefault(Diagnostics, "0"),
                },
                NewSession = true,
                StandardInput = ChildStream.Null,
                StandardOutput = ChildStream.Null,
                StandardError = ChildStream.Null,
            }).Dispose();
        }
        catch (PosixException exception)
        {
            throw new StartFailedException($"the daemon could not be started in the background: {exception.Message}", exception);
        }
    }
}
