namespace ProjectSilo.Silo.ProjectEnvironment;

/// <summary>The cookies with which the daemon logs in to a conat server (spec 01 §2.3).</summary>
internal static class ConatLogin
{
    /// <summary>
    /// The value of the header <c>Cookie</c>: <c>project_secret=T; project_id=I</c>, or with an API key <c>api_key=K</c>; on base path <c>/a</c> each
    /// name has the prefix <c>%2Fa</c>.
    /// </summary>
    public static string Cookie(ProcessSettings settings, Secret token)
    {
        var prefix = settings.BasePath == "/" ? "" : EncodeUriComponent(settings.BasePath);
        return settings.ApiKey is { } key
            ? $"{prefix}api_key={key.Reveal()}"
            : $"{prefix}project_secret={token.Reveal()}; {prefix}project_id={settings.ProjectId}";
    }

    /// <summary>JavaScript's function of that name: it leaves five marks alone that RFC 3986 escapes.</summary>
    private static string EncodeUriComponent(string text)
    {
        var escaped = Uri.EscapeDataString(text);
        foreach (var mark in "!'()*")
        {
            escaped = escaped.Replace($"%{(int)mark:X2}", mark.ToString(), StringComparison.Ordinal);
        }

        return escaped;
    }
}
