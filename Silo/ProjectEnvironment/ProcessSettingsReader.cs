using System.Globalization;
using ProjectSilo.Silo.CommandLine;

namespace ProjectSilo.Silo.ProjectEnvironment;

/// <summary>
/// Reads and validates the environment (spec 01 §2.2, §2.3, §4). Pure: whether folders and files exist is checked by
/// <see cref="Startup.StartPreparation"/>. A variable that is set to nothing counts as not set.
/// </summary>
internal static class ProcessSettingsReader
{
    private const string DefaultPort = "5000";

    private static readonly TimeSpan DefaultArchiveInterval = TimeSpan.FromMilliseconds(30_000);

    /// <exception cref="StartFailedException">A variable is missing or not valid.</exception>
    public static ProcessSettings Read(IReadOnlyDictionary<string, string> environment, SiloArguments arguments, bool standalone = false)
    {
        string? Get(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

        var home = Absolute(Get("HOME") ?? throw new StartFailedException("HOME env var must be set"));
        var data = Absolute(Get("DATA") ?? throw new StartFailedException("DATA env var must be set"));
        var computeServerId = ComputeServerId(Get("COMPUTE_SERVER_ID"));
        var projectId = ProjectId(Get("COCALC_PROJECT_ID") ?? (computeServerId > 0 ? Get("PROJECT_ID") : null), home);
        var apiServer = ApiServer(Get("API_SERVER"));
        var port = Get("PORT") ?? DefaultPort;
        var basePath = Get("BASE_PATH") is { } path ? BasePath(path) : DefaultBasePath(apiServer, projectId, port);
        return new ProcessSettings
        {
            Arguments = arguments,
            Home = home,
            Data = data,
            ProjectId = projectId,
            Username = Get("COCALC_USERNAME") ?? projectId.Replace("-", "", StringComparison.Ordinal),
            ComputeServerId = computeServerId,
            BasePath = basePath,
            ConatServer = standalone ? null : ConatServer(Get("CONAT_SERVER"), basePath, port),
            NatsUrl = standalone ? null : Get("NATS_URL"),
            ApiKey = Get("API_KEY") is { } key ? new Secret(key) : null,
            ApiServer = apiServer,
            SecretTokenPath = computeServerId > 0 || environment.ContainsKey("COCALC_TEST_MODE")
                ? null
                : Get("COCALC_SECRET_TOKEN") is { } token ? Absolute(token) : Path.Join(data, "secret-token"),
            IsStandalone = standalone,
            ApiKeysPath = standalone ? Path.Join(data, "api-keys") : null,
            HostOverride = Get("HOST"),
            ProjectConfig = Get("COCALC_PROJECT_CONFIG"),
            IsFreeProject = ProjectQuota.IsFree(Get("COCALC_PROJECT_CONFIG")),
            AutoRenice = environment.ContainsKey("COCALC_PROJECT_AUTORENICE"),
            EphemeralState = Get("COCALC_EPHEMERAL_STATE") == "yes",
            ListingHome = Get("SMC_LOCAL_HUB_HOME") ?? home,
            Root = Get("COCALC_ROOT"),
            Sync = new SyncSettings(
                Get("COCALC_SYNC") is { } sync ? Absolute(sync) : Path.Join(data, "sync"),
                Get("COCALC_SYNC_ARCHIVE") is { } archive ? Absolute(archive) : null,
                ArchiveInterval(Get("COCALC_SYNC_ARCHIVE_INTERVAL")),
                Get("COCALC_SYNC_BACKUP") is { } backup ? Absolute(backup) : null),
            Limits = ProjectLimits.Read(environment, home),
        };
    }

    /// <summary>Whether <paramref name="text"/> is 8-4-4-4-12 hexadecimal digits, any case, any version (spec 01 §4).</summary>
    public static bool IsUuid(string text) => Guid.TryParseExact(text, "D", out _);

    private static string Absolute(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static TimeSpan ArchiveInterval(string? text) =>
        text is null ? DefaultArchiveInterval
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) ? TimeSpan.FromMilliseconds(milliseconds)
        : throw new StartFailedException($"COCALC_SYNC_ARCHIVE_INTERVAL must be a number of milliseconds, and it is '{text}'");

    private static int ComputeServerId(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;

    private static string ProjectId(string? given, string home)
    {
        if (given is not null)
        {
            return IsUuid(given) ? given : throw new StartFailedException($"project_id={given} is not a valid UUID");
        }

        var last = Path.GetFileName(home);
        return IsUuid(last) ? last : throw new StartFailedException("unable to determine project_id from HOME directory path");
    }

    private static string BasePath(string path)
    {
        if (path[0] != '/')
        {
            throw new StartFailedException($"BASE_PATH must start with '/', and it is '{path}'");
        }

        if (path.Length > 1 && path[^1] == '/')
        {
            throw new StartFailedException($"BASE_PATH must not end in '/' unless it is '/', and it is '{path}'");
        }

        return path.Contains("://", StringComparison.Ordinal)
            ? throw new StartFailedException($"BASE_PATH must not contain '://', and it is '{path}'")
            : path;
    }

    private static string DefaultBasePath(string? apiServer, string projectId, string port)
    {
        if (apiServer is null)
        {
            return $"/{projectId}/port/{port}";
        }

        var path = apiServer.IndexOf('/', apiServer.IndexOf("://", StringComparison.Ordinal) + 3);
        return path < 0 ? "/" : BasePath(apiServer[path..]);
    }

    private static string? ApiServer(string? url)
    {
        if (url is null)
        {
            return null;
        }

        if (!url.StartsWith("http://", StringComparison.Ordinal) && !url.StartsWith("https://", StringComparison.Ordinal))
        {
            throw new StartFailedException($"API_SERVER must start with http:// or https://, and it is '{url}'");
        }

        return url[^1] == '/' ? throw new StartFailedException($"API_SERVER must not end in '/', and it is '{url}'") : url;
    }

    private static string ConatServer(string? url, string basePath, string port)
    {
        if (url is null)
        {
            return $"http://localhost:{port}{(basePath == "/" ? "" : basePath)}";
        }

        return url.Split("//").Length > 2
            ? throw new StartFailedException($"env variable CONAT_SERVER invalid -- too many /s: '{url}'")
            : url;
    }
}
