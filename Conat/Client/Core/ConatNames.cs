using System.Globalization;
using System.Text;

namespace ProjectSilo.Conat.Core;

/// <summary>The names that all members of the bus build alike: subjects, inboxes, cookies, addresses (spec 05 §1.1, §9; spec 06 §1).</summary>
public static class ConatNames
{
    /// <summary>The project form <c>project.&lt;id&gt;.&lt;cs&gt;.&lt;service&gt;.&lt;path&gt;</c>, e.g. <c>project.3fa2….0.api.-</c>.</summary>
    /// <param name="projectId">The project's UUID.</param>
    /// <param name="service">E.g. <c>api</c>.</param>
    /// <param name="computeServerId">0 is the project itself; null, which is not the same, writes <c>-</c>.</param>
    /// <param name="path">Written in base64; null or empty writes <c>-</c>.</param>
    public static string ProjectSubject(string projectId, string service, int? computeServerId = null, string? path = null) =>
        $"project.{projectId}.{Number(computeServerId, "-")}.{service}.{Base64(path, "-")}";

    /// <summary>The service form of a project <c>services.project-&lt;id&gt;.&lt;cs or _&gt;.&lt;service&gt;.&lt;path or _&gt;</c>.</summary>
    public static string ServiceSubject(string projectId, string service, int? computeServerId = null, string? path = null) =>
        $"services.project-{projectId}.{Number(computeServerId, "_")}.{service}.{Base64(path, "_")}";

    /// <summary>The service form of an account <c>services.account-&lt;id&gt;.&lt;browser or _&gt;.&lt;project or _&gt;.&lt;path or _&gt;.&lt;service&gt;</c>.</summary>
    public static string AccountServiceSubject(string accountId, string service, string? browserId = null, string? projectId = null, string? path = null) =>
        $"services.account-{accountId}.{OrNone(browserId)}.{OrNone(projectId)}.{Base64(path, "_")}.{service}";

    /// <summary>The service form of nobody: <c>public.&lt;service&gt;</c>.</summary>
    public static string PublicServiceSubject(string service) => $"public.{service}";

    /// <summary>Where a project calls the hub's API: <c>hub.project.&lt;id&gt;.api</c> (spec 06 §15).</summary>
    public static string HubApiSubject(string projectId) => $"hub.project.{projectId}.api";

    /// <summary>Where all who look at a document tell each other of it: <c>project.&lt;id&gt;.-.pubsub-&lt;name&gt;.&lt;path or -&gt;</c> (spec 06 §16).</summary>
    public static string PubSubSubject(string projectId, string name, string? path = null) => ProjectSubject(projectId, $"pubsub-{name}", null, path);

    /// <summary>A browser session's service: <c>&lt;session&gt;.account-&lt;id&gt;.&lt;service&gt;</c>.</summary>
    public static string BrowserSubject(string accountId, string sessionId, string service) => $"{sessionId}.account-{accountId}.{service}";

    /// <summary>A conat socket's client side, from its server side: <c>foo.server.srv1.cli1</c> gives <c>foo.client.cli1</c> (spec 06 §6).</summary>
    /// <exception cref="ArgumentException">It is no such subject.</exception>
    public static string ClientSubject(string serverSubject)
    {
        ArgumentNullException.ThrowIfNull(serverSubject);
        var tokens = serverSubject.Split(Subjects.Separator);
        return tokens is [.. var prefix, "server", _, var id]
            ? string.Join(Subjects.Separator, [.. prefix, "client", id])
            : throw new ArgumentException("Not the server side of a socket.", nameof(serverSubject));
    }

    /// <summary><c>_INBOX.project-&lt;id&gt;</c>, the only inbox that a broker lets a project have.</summary>
    public static string ProjectInbox(string projectId) => $"_INBOX.project-{projectId}";

    /// <summary><c>_INBOX.account-&lt;id&gt;</c>.</summary>
    public static string AccountInbox(string accountId) => $"_INBOX.account-{accountId}";

    /// <summary><c>_INBOX.hub-&lt;id&gt;</c>; the hub's own id is <c>hub</c>.</summary>
    public static string HubInbox(string hubId) => $"_INBOX.hub-{hubId}";

    /// <summary><c>_INBOX.public</c>, of somebody without identity.</summary>
    public static string PublicInbox => "_INBOX.public";

    /// <summary>A cookie's name: prefixed by the base path in percent-encoding, if that is more than <c>/</c>: <c>%2Fbaseproject_id</c>.</summary>
    public static string CookieName(string basePath, string name)
    {
        ArgumentNullException.ThrowIfNull(basePath);
        return (basePath.Length <= 1 ? "" : EncodeUriComponent(basePath)) + name;
    }

    /// <summary>What a project sends to sign in: <c>project_secret=…; project_id=…</c>.</summary>
    /// <param name="basePath">The site's base path.</param>
    /// <param name="projectId">The project's UUID.</param>
    /// <param name="secretToken">The text of its token file; white space around it is not part of it.</param>
    /// <exception cref="ArgumentException">Empty, or with characters that can't stand in a cookie.</exception>
    public static string ProjectCookie(string basePath, string projectId, string secretToken) =>
        $"{CookieName(basePath, "project_secret")}={CookieValue(secretToken)}; {CookieName(basePath, "project_id")}={CookieValue(projectId)}";

    /// <summary>What an owner of an API key sends to sign in: <c>api_key=sk-…</c>.</summary>
    /// <exception cref="ArgumentException">Empty, or with characters that can't stand in a cookie.</exception>
    public static string ApiKeyCookie(string basePath, string apiKey) => $"{CookieName(basePath, "api_key")}={CookieValue(apiKey)}";

    /// <summary>What a hub sends to sign in: <c>hub_password=…</c>.</summary>
    /// <exception cref="ArgumentException">Empty, or with characters that can't stand in a cookie.</exception>
    public static string HubPasswordCookie(string basePath, string password) => $"{CookieName(basePath, "hub_password")}={CookieValue(password)}";

    /// <summary>A site's address in two parts: <c>https://x.org/base/</c> gives <c>https://x.org</c> and <c>/base/conat</c>. A query is dropped.</summary>
    public static (string Origin, string Path) SocketAddress(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var path = string.Join('/', address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Append("conat"));
        return (address.GetLeftPart(UriPartial.Authority), "/" + path);
    }

    /// <summary>Where the WebSocket is: <c>wss://x.org/base/conat/?EIO=4&amp;transport=websocket</c>, with a slash before the question mark.</summary>
    /// <exception cref="ArgumentException">The address is not HTTP or WebSocket.</exception>
    public static Uri WebSocketAddress(Uri address)
    {
        var (_, path) = SocketAddress(address);
        var scheme = address.Scheme switch
        {
            "http" or "ws" => "ws",
            "https" or "wss" => "wss",
            _ => throw new ArgumentException("The address of a broker begins with http:// or https://.", nameof(address)),
        };
        return new Uri($"{scheme}://{address.Authority}{path}/?EIO=4&transport=websocket");
    }

    private static string Number(int? number, string none) => number?.ToString(CultureInfo.InvariantCulture) ?? none;

    private static string OrNone(string? token) => string.IsNullOrEmpty(token) ? "_" : token;

    private static string Base64(string? path, string none) => string.IsNullOrEmpty(path) ? none : Convert.ToBase64String(Encoding.UTF8.GetBytes(path));

    /// <summary>As JavaScript's: also leaves <c>!'()*</c> as they are.</summary>
    private static string EncodeUriComponent(string text) =>
        Uri.EscapeDataString(text).Replace("%21", "!", StringComparison.Ordinal).Replace("%27", "'", StringComparison.Ordinal).Replace("%28", "(", StringComparison.Ordinal)
            .Replace("%29", ")", StringComparison.Ordinal).Replace("%2A", "*", StringComparison.Ordinal);

    /// <summary>Never quoted in the exception: it is a secret.</summary>
    private static string CookieValue(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        value = value.Trim();
        return value.Length > 0 && value.All(character => character is > ' ' and < '\x7f' and not ';')
            ? value
            : throw new ArgumentException("A secret or id can't stand in a cookie: it is empty, or has white space, control characters, ; or characters beyond ASCII.");
    }
}
