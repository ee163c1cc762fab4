using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Grains.Native;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Silo.Conat;

/// <summary>
/// Who may connect to a standalone daemon's broker (spec 05 §9, §10): the project by its secret token, and whoever has one of the keys of <c>$DATA/api-keys</c>, as
/// the account of <see cref="StandaloneDirectory"/>.
/// </summary>
internal sealed class StandaloneAuthenticator(ProcessSettings settings, Secret token, BlockingWork blockingWork) : IConatAuthenticator
{
    private const string Caller = "conat login";

    private static readonly ConatUser Account = ConatUser.Account(StandaloneDirectory.AccountId);

    private readonly ConatUser _project = ConatUser.Project(settings.ProjectId);

    /// <inheritdoc />
    public async ValueTask<AuthenticationResult> AuthenticateAsync(string? cookies, CancellationToken cancellationToken)
    {
        // The file is read for those who bring a key, so that a removed key stops to work without a restart.
        var bringsKey = cookies?.Contains(ConatNames.CookieName(settings.BasePath, "api_key"), StringComparison.Ordinal) == true;
        var keys = bringsKey ? await blockingWork.Run(Caller, ReadKeys, cancellationToken) : [];
        var credentials = new ConatCredentials
        {
            BasePath = settings.BasePath,
            ProjectSecrets = new Dictionary<string, string>(StringComparer.Ordinal) { [settings.ProjectId] = token.Reveal() },
            ApiKeys = [.. keys.Select(key => KeyValuePair.Create(key, Account))],
        };
        var result = await new CookieAuthentication(() => credentials).AuthenticateAsync(cookies, cancellationToken);

        // There is only one project: all its sessions share what it looks like on the wire.
        return result.User is { Kind: ConatUserKind.Project } ? _project : result;
    }

    private string[] ReadKeys()
    {
        try
        {
            return File.ReadAllText(settings.ApiKeysPath!).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        }
        catch (FileNotFoundException)
        {
            // Somebody has taken all keys away.
            return [];
        }
    }
}
