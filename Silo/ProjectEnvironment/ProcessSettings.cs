using ProjectSilo.Silo.CommandLine;

namespace ProjectSilo.Silo.ProjectEnvironment;

/// <summary>
/// Everything that the environment and the command line say, validated (spec 01 §1, §2). Read once, before anything else happens; nothing reads the
/// process' environment after that.
/// </summary>
internal sealed record ProcessSettings
{
    /// <summary>The command line.</summary>
    public required SiloArguments Arguments { get; init; }

    /// <summary><c>HOME</c>: absolute; the working folder of the daemon.</summary>
    public required string Home { get; init; }

    /// <summary><c>DATA</c>: absolute; usually <c>$HOME/.smc</c>.</summary>
    public required string Data { get; init; }

    /// <summary><c>COCALC_PROJECT_ID</c>: a UUID.</summary>
    public required string ProjectId { get; init; }

    /// <summary><c>COCALC_USERNAME</c>: by default the project id without dashes.</summary>
    public required string Username { get; init; }

    /// <summary><c>COMPUTE_SERVER_ID</c>: 0 is the project itself, positive a compute server (spec 01 §18).</summary>
    public int ComputeServerId { get; init; }

    /// <summary><c>BASE_PATH</c>: <c>/</c>, or a path with a leading and no trailing slash.</summary>
    public required string BasePath { get; init; }

    /// <summary><c>CONAT_SERVER</c>: URL of the conat server. <c>null</c> standalone: the broker is the embedded one.</summary>
    public string? ConatServer { get; init; }

    /// <summary><c>NATS_URL</c>: if set it replaces the conat server. <c>null</c> standalone.</summary>
    public string? NatsUrl { get; init; }

    /// <summary><c>API_KEY</c>: conat login by key instead of project secret. In memory only.</summary>
    public Secret? ApiKey { get; init; }

    /// <summary><c>API_SERVER</c>: site URL on compute servers.</summary>
    public string? ApiServer { get; init; }

    /// <summary><c>COCALC_SECRET_TOKEN</c>: file of the secret token. <c>null</c>: a random token, in memory only (spec 01 §5).</summary>
    public string? SecretTokenPath { get; init; }

    /// <summary>Whether the daemon serves without a hub: <c>--standalone</c>, or none of a hub's variables set.</summary>
    public bool IsStandalone { get; init; }

    /// <summary>File with the API keys that are valid here, one a line. Only standalone; a site checks its keys itself.</summary>
    public string? ApiKeysPath { get; init; }

    /// <summary><c>HOST</c>: overrides <c>location.host</c> in <c>info.json</c>.</summary>
    public string? HostOverride { get; init; }

    /// <summary><c>COCALC_PROJECT_CONFIG</c>: base64 of JSON with the quota (spec 01 §8, §12).</summary>
    public string? ProjectConfig { get; init; }

    /// <summary>Whether nobody pays for the project, as <see cref="ProjectConfig"/> says.</summary>
    public bool IsFreeProject { get; init; }

    /// <summary><c>COCALC_PROJECT_AUTORENICE</c> is there, with whatever value.</summary>
    public bool AutoRenice { get; init; }

    /// <summary><c>COCALC_EPHEMERAL_STATE=yes</c>: no public path watcher.</summary>
    public bool EphemeralState { get; init; }

    /// <summary><c>SMC_LOCAL_HUB_HOME</c>, else HOME: the base in <c>listing</c> and <c>realpath</c>.</summary>
    public required string ListingHome { get; init; }

    /// <summary><c>COCALC_ROOT</c>: place of shipped templates and scripts, if it is not the install root.</summary>
    public string? Root { get; init; }

    /// <summary>Where streams are kept, if they are kept here.</summary>
    public required SyncSettings Sync { get; init; }

    /// <summary>The numbers of the environment that are policies.</summary>
    public required ProjectLimits Limits { get; init; }

    /// <summary>Whether this silo serves a compute server: only conat services, no hub (spec 01 §18).</summary>
    public bool IsComputeServer => ComputeServerId > 0;
}
