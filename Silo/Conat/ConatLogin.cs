using ProjectSilo.Conat.Core;
using ProjectSilo.Grains.Native;
using ProjectSilo.Silo.ProjectEnvironment;
using ProjectSilo.Silo.Startup;

namespace ProjectSilo.Silo.Conat;

/// <summary>The cookies with which the daemon logs in to a conat server (spec 01 §2.3, 05 §9).</summary>
/// <param name="settings">Says which of the two it is.</param>
/// <param name="startToken">The token if there is no file of it.</param>
/// <param name="blockingWork">Reads the file.</param>
internal sealed class ConatLogin(ProcessSettings settings, Secret startToken, BlockingWork blockingWork)
{
    private const string Caller = "conat login";

    /// <summary>The header for the next attempt, with the token as its file has it now: a hub may have written a new one.</summary>
    /// <exception cref="StartFailedException">The file can't be read, or the token is too short.</exception>
    public async ValueTask<string> CookieAsync()
    {
        var isNeeded = settings.ApiKey is null && settings.SecretTokenPath is not null;
        return Cookie(settings, isNeeded ? await blockingWork.Run(Caller, () => SecretTokenFile.Read(settings)) : startToken);
    }

    /// <summary>
    /// The value of the header <c>Cookie</c>: <c>project_secret=T; project_id=I</c>, or with an API key <c>api_key=K</c>; on base path <c>/a</c> each
    /// name has the prefix <c>%2Fa</c>.
    /// </summary>
    public static string Cookie(ProcessSettings settings, Secret token) => settings.ApiKey is { } key
        ? ConatNames.ApiKeyCookie(settings.BasePath, key.Reveal())
        : ConatNames.ProjectCookie(settings.BasePath, settings.ProjectId, token.Reveal());
}
