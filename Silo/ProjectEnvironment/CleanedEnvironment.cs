
namespace ProjectSilo.Silo.ProjectEnvironment;

/// <summary>
/// What the daemon makes of the environment it was started with (spec 01 §2.4). Pure; <see cref="OwnEnvironment"/> brings the process' own in line.
/// </summary>
/// <param name="Own">Steps 1 to 5: what is left in the process itself. It still has the variables our own runtime and libraries read.</param>
/// <param name="Children">Steps 1 to 7: what a child gets, before step 8.</param>
/// <param name="Extra">The variables of step 6, in their order.</param>
/// <param name="ExtraIsInvalid">Whether <c>COCALC_EXTRA_ENV</c> was there and could not be used: to be logged, no error.</param>
internal sealed record CleanedEnvironment(
    IReadOnlyDictionary<string, string> Own,
    IReadOnlyDictionary<string, string> Children,
    IReadOnlyList<KeyValuePair<string, string>> Extra,
    bool ExtraIsInvalid)
{
    private static readonly string[] Removed =
    [
        "DATA", "BASE_PATH", "NODE_PATH", "NODE_VERSION", "NVM_CD_FLAGS", "NVM_DIR", "NVM_BIN", "PATH_COCALC", "COCALC_ROOT", "DEBUG_CONSOLE",
        "CONAT_SERVER", "PORT", "HISTFILE", "PROMPT_COMMAND",
    ];

    /// <summary>Not for children: they set up our runtime, and would set up theirs.</summary>
    private static readonly string[] RuntimePrefixes = ["DOTNET_", "ASPNETCORE_", "OTEL_", "PROJECTSILO_", "COMPlus_", "CORECLR_"];

    /// <param name="preload">Library to preload (step 5), or <c>null</c>.</param>
    public static CleanedEnvironment Create(IReadOnlyDictionary<string, string> environment, ProcessSettings settings, string? preload)
    {
        var own = environment.Where(variable => !variable.Key.StartsWith("npm_", StringComparison.Ordinal))
            .ToDictionary(StringComparer.Ordinal);
        own.Remove("API_KEY");
        own["SMC"] = settings.Data;
        if (own.TryGetValue("PATH", out var path))
        {
            own["PATH"] = WithoutNvm(path);
        }

        foreach (var name in Removed)
        {
            own.Remove(name);
        }

        if (preload is not null)
        {
            own["LD_PRELOAD"] = preload;
        }

        if (settings.IsComputeServer)
        {
            own["DISPLAY"] = ":0";
        }

        var given = environment.GetValueOrDefault("COCALC_EXTRA_ENV");
        var extra = given is null ? [] : ExtraEnvironment.Decode(given);
        var children = own.Where(variable => !IsForOurRuntime(variable.Key));
        return new CleanedEnvironment(own, ExtraEnvironment.Apply(children, extra ?? []), extra ?? [], extra is null);
    }

    private static string WithoutNvm(string path) =>
        string.Join(':', path.Split(':').Where(entry => !entry.StartsWith("/cocalc/nvm", StringComparison.Ordinal)));

    private static bool IsForOurRuntime(string name) => RuntimePrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
