namespace ProjectSilo.Silo.Standalone;

/// <summary>
/// When the daemon stands alone, and what then replaces the variables a hub would have set. A variable that is set to nothing counts as not set.
/// </summary>
internal static class StandaloneMode
{
    /// <summary>Whoever starts a daemon for a hub, a bus or a site sets at least one of these.</summary>
    private static readonly string[] VariablesOfHubs =
    [
        "DATA", "COCALC_PROJECT_ID", "COCALC_SECRET_TOKEN", "CONAT_SERVER", "NATS_URL", "API_KEY", "API_SERVER", "COMPUTE_SERVER_ID",
    ];

    public static bool IsOn(bool asked, IReadOnlyDictionary<string, string> environment) =>
        asked || !VariablesOfHubs.Any(name => IsSet(environment, name));

    /// <summary>
    /// <c>DATA</c>, if it is set; else <c>$XDG_STATE_HOME/projectsilo</c>, by default <c>~/.local/state/projectsilo</c>. The XDG specification has
    /// relative paths ignored.
    /// </summary>
    /// <exception cref="StartFailedException">HOME is not set.</exception>
    public static string DataFolder(IReadOnlyDictionary<string, string> environment)
    {
        if (environment.GetValueOrDefault("DATA") is { Length: > 0 } data)
        {
            return data;
        }

        if (environment.GetValueOrDefault("HOME") is not { Length: > 0 } home)
        {
            throw new StartFailedException("HOME env var must be set");
        }

        var states = environment.GetValueOrDefault("XDG_STATE_HOME") is ['/', ..] given ? given : Path.Join(home, ".local", "state");
        return Path.Join(states, "projectsilo");
    }

    /// <summary>
    /// Fills in what is not set, so that from here on the start is that of any project, and children see what they see in any project.
    /// </summary>
    public static IReadOnlyDictionary<string, string> WithDefaults(
        IReadOnlyDictionary<string, string> environment, string dataFolder, string projectId)
    {
        string Given(string name, string fallback) => IsSet(environment, name) ? environment[name] : fallback;
        return new Dictionary<string, string>(environment, StringComparer.Ordinal)
        {
            ["DATA"] = dataFolder,
            ["BASE_PATH"] = Given("BASE_PATH", "/"),
            ["COCALC_PROJECT_ID"] = projectId,
            ["COCALC_USERNAME"] = Given("COCALC_USERNAME", projectId.Replace("-", "", StringComparison.Ordinal)),
            ["COCALC_SECRET_TOKEN"] = Given("COCALC_SECRET_TOKEN", Path.Join(dataFolder, StandaloneState.TokenFile)),
        };
    }

    private static bool IsSet(IReadOnlyDictionary<string, string> environment, string name) => environment.GetValueOrDefault(name) is { Length: > 0 };
}
