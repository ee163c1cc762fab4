namespace ProjectSilo.Silo.Logging;

/// <summary>What is logged, and where to (spec 01 §15).</summary>
/// <param name="Patterns">Which <c>cocalc:{level}:{name}</c> are on; <c>null</c> with <see cref="WarningsOnly"/>.</param>
/// <param name="File">File to append to, or <c>null</c>.</param>
/// <param name="Console">Whether lines go to stderr.</param>
/// <param name="WarningsOnly">Nobody asked for a log, but there is a terminal: warnings and errors only.</param>
internal sealed record LogSettings(DebugPatterns? Patterns, string? File, bool Console, bool WarningsOnly)
{
    /// <summary>The logger names of the reference begin with this.</summary>
    private const string Everything = "cocalc:*";

    /// <param name="veryVerbose">Whether <c>$HOME/.smc-DEBUG</c> is there.</param>
    /// <param name="dataFolder">Stands in for <c>LOGS</c> where that is not set.</param>
    /// <returns><c>null</c>: no log at all.</returns>
    public static LogSettings? Create(IReadOnlyDictionary<string, string> environment, bool veryVerbose, string dataFolder, bool standalone)
    {
        string? Get(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

        if (Get("SMC_TEST") is not null)
        {
            return null;
        }

        var debug = veryVerbose ? Everything : Get("DEBUG");
        if (debug is null)
        {
            return standalone ? new LogSettings(null, null, Console: true, WarningsOnly: true) : null;
        }

        var production = Get("NODE_ENV") == "production";
        var file = Get("COCALC_DOCKER") is not null ? "/var/log/hub/log" : production ? null : Path.Join(Get("LOGS") ?? dataFolder, "log");
        var console = (production && file is null) || Get("DEBUG_CONSOLE") is not (null or "no" or "false");
        return new LogSettings(new DebugPatterns(debug), Get("DEBUG_FILE") ?? file, console, WarningsOnly: false);
    }

    /// <summary>Whether <paramref name="level"/> of the logger <paramref name="name"/> is on.</summary>
    public bool IsOn(LogLevel level, string name) =>
        Patterns is null
            ? level is LogLevel.Warning or LogLevel.Error or LogLevel.Critical
            : level != LogLevel.None && Patterns.Match(FullName(level, name));

    /// <summary>E.g. <c>cocalc:info:ProjectSilo.Silo.Hosting</c>.</summary>
    public static string FullName(LogLevel level, string name) => $"cocalc:{LevelName(level)}:{name}";

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "silly",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };
}
