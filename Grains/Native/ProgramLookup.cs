using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>Finds a program as <c>execvp</c> would, but in the <c>PATH</c> and from the working folder of the child (spec 09 §1.2).</summary>
internal static class ProgramLookup
{
    private const string PathOfLastResort = "/usr/local/bin:/usr/bin:/bin";

    /// <summary>The path to execute.</summary>
    /// <exception cref="PosixException">ENOENT when no such file is in the PATH, EACCES when one is but may not be executed.</exception>
    public static string Find(string program, IReadOnlyDictionary<string, string> environment, string workingDirectory)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return program;
        }

        var errno = PosixError.ENOENT;
        foreach (var folder in environment.GetValueOrDefault("PATH", PathOfLastResort).Split(':'))
        {
            var candidate = Path.Combine(workingDirectory, folder, program);
            if (!File.Exists(candidate))
            {
                continue;
            }

            if (LibC.access(candidate, LibC.X_OK) == 0)
            {
                return candidate;
            }

            errno = PosixError.EACCES;
        }

        throw new PosixException(errno, $"spawn {program}", program);
    }
}
