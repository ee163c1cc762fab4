namespace ProjectSilo.Gateways.Browser;

/// <summary>
/// Tells a site's own pages from those of others (spec 04 §10). The browser port has no login of its own: without this any page could open a
/// WebSocket to it with the user's cookies.
/// </summary>
public static class OriginCheck
{
    /// <param name="origin">The header <c>Origin</c>; none is allowed: only browsers send it.</param>
    /// <param name="host">The header <c>Host</c>, e.g. <c>127.0.0.1:6001</c>.</param>
    public static bool IsAllowed(string? origin, string host, OriginCheckOptions options)
    {
        if (!options.Check || string.IsNullOrEmpty(origin))
        {
            return true;
        }

        return options.Allowed.Contains(origin, StringComparer.OrdinalIgnoreCase)
            || (Authority(origin) is { } authority && authority.Equals(WithoutDefaultPort(host, origin), StringComparison.OrdinalIgnoreCase));
    }

    /// <summary><c>host:port</c> of an origin such as <c>https://host:port</c>; <c>null</c> of the opaque origin <c>null</c>.</summary>
    private static string? Authority(string origin)
    {
        var start = origin.IndexOf("://", StringComparison.Ordinal);
        return start < 0 ? null : WithoutDefaultPort(origin[(start + 3)..], origin);
    }

    private static string WithoutDefaultPort(string authority, string origin)
    {
        var port = origin.StartsWith("https:", StringComparison.OrdinalIgnoreCase) ? ":443" : ":80";
        return authority.EndsWith(port, StringComparison.Ordinal) ? authority[..^port.Length] : authority;
    }
}
