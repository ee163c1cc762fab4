using System.Security.Cryptography;
using System.Text;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// Signs in by cookies (spec 05 §9): <c>project_secret=…; project_id=…</c>, <c>api_key=sk-…</c> and so on. The first of them that isn't empty decides; secrets
/// are compared in constant time and never part of an error.
/// </summary>
/// <param name="credentials">What is accepted now: asked at each sign-in, so that a changed token holds at once.</param>
public sealed class CookieAuthentication(Func<ConatCredentials> credentials) : IConatAuthenticator
{
    private const string Known = "'hub_password', 'remember_me', api_key, 'project_secret' or 'project_id'";

    /// <inheritdoc />
    public ValueTask<AuthenticationResult> AuthenticateAsync(string? cookies, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(cookies))
        {
            return Refused($"no auth cookie set; set one of {Known}");
        }

        var accepted = credentials();
        var sent = new CookieHeader(cookies);
        var prefix = Prefix(accepted.BasePath);
        if (accepted.SystemPassword is { } systemPassword && sent["sys"] is { } sys)
        {
            return Decide(AreEqual(sys, systemPassword) ? ConatUser.Hub("system") : null, "invalid system account password");
        }

        if (sent[prefix + "hub_password"] is { Length: > 0 } hub)
        {
            return Decide(accepted.HubPassword is { } hubPassword && AreEqual(hub, hubPassword) ? ConatUser.Hub("hub") : null, "invalid hub password");
        }

        if (sent[prefix + "api_key"] is { Length: > 0 } key)
        {
            return Decide(FindKey(accepted, key), "api key no longer valid");
        }

        if (sent[prefix + "project_secret"] is { Length: > 0 } secret)
        {
            return sent[prefix + "project_id"] is { Length: > 0 } projectId
                ? Decide(IsSecretOf(accepted, projectId, secret) ? ConatUser.Project(projectId) : null, "invalid secret token for project")
                : Refused($"must specify project_id in the cookie {prefix}project_id");
        }

        if (sent[prefix + "remember_me"] is { Length: > 0 } session)
        {
            return accepted.FindSession is { } find ? find(session, cancellationToken) : Refused("invalid remember me cookie");
        }

        return Refused($"must set one of the following cookies: {Known}");
    }

    /// <summary>What the names of cookies begin with: nothing, or <c>%2Fbase</c>.</summary>
    public static string Prefix(string basePath) => ConatNames.CookieName(basePath, "");

    private static ConatUser? FindKey(ConatCredentials accepted, string key)
    {
        // All of them are compared: the time doesn't tell which one it is.
        ConatUser? found = null;
        foreach (var (acceptedKey, user) in accepted.ApiKeys)
        {
            found = AreEqual(key, acceptedKey) ? user : found;
        }

        return found;
    }

    private static bool IsSecretOf(ConatCredentials accepted, string projectId, string secret)
    {
        var isKnown = accepted.ProjectSecrets.TryGetValue(projectId, out var expected);
        return AreEqual(secret, expected ?? "") && isKnown && expected!.Length > 0;
    }

    /// <summary>Compares digests, which have the same length whatever was sent.</summary>
    private static bool AreEqual(string sent, string expected)
    {
        Span<byte> digests = stackalloc byte[2 * SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(sent), digests[..SHA256.HashSizeInBytes]);
        SHA256.HashData(Encoding.UTF8.GetBytes(expected), digests[SHA256.HashSizeInBytes..]);
        return CryptographicOperations.FixedTimeEquals(digests[..SHA256.HashSizeInBytes], digests[SHA256.HashSizeInBytes..]);
    }

    private static ValueTask<AuthenticationResult> Decide(ConatUser? user, string error) => user is null ? Refused(error) : new ValueTask<AuthenticationResult>(user);

    private static ValueTask<AuthenticationResult> Refused(string error) => new(AuthenticationResult.Refused(error));
}
