using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Silo.Startup;

/// <summary>Where the secret token comes from (spec 01 §5). The daemon never writes the file.</summary>
internal static class SecretTokenFile
{
    private const int MinimumLength = 16;

    /// <exception cref="StartFailedException">The file can't be read, or the token is too short.</exception>
    public static Secret Read(ProcessSettings settings)
    {
        if (settings.SecretTokenPath is not { } path)
        {
            return Secret.CreateRandom();
        }

        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException(
                $"secret token must be defined and at least {MinimumLength} characters: {path} can't be read ({exception.Message})", exception);
        }
    }

    /// <summary>Trailing line breaks don't count: no hub could send them.</summary>
    internal static Secret Parse(string content, string path)
    {
        var token = content.TrimEnd('\r', '\n');
        return token.Length >= MinimumLength
            ? new Secret(token)
            : throw new StartFailedException($"secret token must be defined and at least {MinimumLength} characters: {path}");
    }
}
