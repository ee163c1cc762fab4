namespace ProjectSilo.Silo.Hosting;

/// <summary>Our own options come from variables with the prefix <c>PROJECTSILO_</c>, e.g. <c>PROJECTSILO_Hub__MaxFrameBytes=1000000</c>.</summary>
internal static class SiloConfiguration
{
    private const string Prefix = "PROJECTSILO_";

    /// <summary>The configuration keys, e.g. <c>Hub:MaxFrameBytes</c>.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> From(IReadOnlyDictionary<string, string> environment) =>
        environment
            .Where(variable => variable.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            .Select(variable => KeyValuePair.Create(
                variable.Key[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal), (string?)variable.Value));
}
