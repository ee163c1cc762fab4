using System.Collections.Immutable;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>All that <see cref="CookieAuthentication"/> accepts. Holds secrets: not to be logged.</summary>
public sealed class ConatCredentials
{
    /// <summary>Which prefixes the names of cookies, e.g. <c>/base</c>; of length 0 or 1 none.</summary>
    public string BasePath { get; init; } = "/";

    /// <summary>Null: the cookie <c>sys</c> is not looked at.</summary>
    public string? SystemPassword { get; init; }

    /// <summary>Null: no hub can sign in.</summary>
    public string? HubPassword { get; init; }

    /// <summary>Secret token by project id.</summary>
    public IReadOnlyDictionary<string, string> ProjectSecrets { get; init; } = new Dictionary<string, string>();

    /// <summary>API keys and to whom each belongs.</summary>
    public ImmutableArray<KeyValuePair<string, ConatUser>> ApiKeys { get; init; } = [];

    /// <summary>Looks a browser's session up; null if there are none.</summary>
    public Func<string, CancellationToken, ValueTask<AuthenticationResult>>? FindSession { get; init; }
}
