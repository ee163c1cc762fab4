namespace ProjectSilo.Gateways.HttpApi;

/// <summary>The routes: <c>/api/v1/{anything}</c> (spec 03 §1).</summary>
internal static class ApiRoute
{
    private const string Prefix = "/api/v1/";

    /// <summary>The path as it was sent, not decoded: <c>/api/v1/x</c> of <c>/api/v1/x?path=a</c> and of <c>http://host/api/v1/x</c>.</summary>
    public static string Path(string rawTarget)
    {
        var path = rawTarget.AsSpan();
        if (path.Length > 0 && path[0] != '/' && path.IndexOf("://") is >= 0 and var scheme)
        {
            var authority = path[(scheme + 3)..];
            path = authority.IndexOf('/') is >= 0 and var slash ? authority[slash..] : "/";
        }

        var query = path.IndexOf('?');
        return (query < 0 ? path : path[..query]).ToString();
    }

    /// <summary>The endpoint: what follows the last slash. Null if the path is no route.</summary>
    public static string? Endpoint(string path) =>
        path.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? path[(path.LastIndexOf('/') + 1)..] : null;
}
