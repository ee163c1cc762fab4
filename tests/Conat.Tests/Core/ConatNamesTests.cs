using System.Text.Json;
using ProjectSilo.Conat.Core;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Core;

public sealed class ConatNamesTests
{
    [Fact]
    public void Names_AreTheReferences()
    {
        foreach (var item in Vectors.Load("conat-names").GetProperty("cases").EnumerateArray())
        {
            var args = item.GetProperty("args");
            var result = item.GetProperty("result");
            if (item.GetProperty("fn").GetString() == "socketAddress")
            {
                var (origin, path) = ConatNames.SocketAddress(new Uri(Text(args, "url")!));
                Assert.Equal((result.GetProperty("origin").GetString(), result.GetProperty("path").GetString()), (origin, path));
            }
            else
            {
                Assert.Equal(result.GetString(), Build(item.GetProperty("fn").GetString()!, args));
            }
        }
    }

    [Theory]
    [InlineData("http://h:5000", "ws://h:5000/conat/?EIO=4&transport=websocket")]
    [InlineData("http://h:5000/", "ws://h:5000/conat/?EIO=4&transport=websocket")]
    [InlineData("https://h/base", "wss://h/base/conat/?EIO=4&transport=websocket")]
    [InlineData("https://h/base/?a=b", "wss://h/base/conat/?EIO=4&transport=websocket")]
    [InlineData("http://h:4043/3fa2/port/5002", "ws://h:4043/3fa2/port/5002/conat/?EIO=4&transport=websocket")]
    public void WebSocketAddress_HasASlashBeforeTheQuery(string address, string expected) =>
        Assert.Equal(expected, ConatNames.WebSocketAddress(new Uri(address)).ToString());

    [Fact]
    public void Cookies_TakeTheSecretWithoutItsLineEnd()
    {
        Assert.Equal("project_secret=abc+/=; project_id=id", ConatNames.ProjectCookie("/", "id", "abc+/=\n"));
        Assert.Equal("%2Fbaseapi_key=sk-1", ConatNames.ApiKeyCookie("/base", "sk-1"));
        Assert.DoesNotContain("top", Assert.Throws<ArgumentException>(() => ConatNames.ProjectCookie("/", "id", "top\r\nsecret")).Message, StringComparison.Ordinal);
    }

    private static string Build(string function, JsonElement args) => function switch
    {
        "projectSubject" => ConatNames.ProjectSubject(Text(args, "project_id")!, Text(args, "service")!, Number(args, "compute_server_id"), Text(args, "path")),
        "serviceSubject" when Text(args, "subject") is { } subject => subject,
        "serviceSubject" when Text(args, "account_id") is { } account =>
            ConatNames.AccountServiceSubject(account, Text(args, "service")!, Text(args, "browser_id"), Text(args, "project_id"), Text(args, "path")),
        "serviceSubject" when Text(args, "project_id") is { } project =>
            ConatNames.ServiceSubject(project, Text(args, "service")!, Number(args, "compute_server_id"), Text(args, "path")),
        "serviceSubject" => ConatNames.PublicServiceSubject(Text(args, "service")!),
        "cookieName" => ConatNames.CookieName(Text(args, "basePath")!, Text(args, "name")!),
        "inboxPrefix" => Text(args, "hub_id") is { } hub ? ConatNames.HubInbox(hub)
            : Text(args, "project_id") is { } project ? ConatNames.ProjectInbox(project)
            : Text(args, "account_id") is { } account ? ConatNames.AccountInbox(account)
            : ConatNames.PublicInbox,
        "clientSubject" => ConatNames.ClientSubject(Text(args, "serverSubject")!),
        "browserSubject" => ConatNames.BrowserSubject(Text(args, "account_id")!, Text(args, "sessionId")!, Text(args, "service")!),
        _ => throw new InvalidOperationException($"an unknown function: {function}"),
    };

    private static string? Text(JsonElement args, string name) => args.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static int? Number(JsonElement args, string name) => args.TryGetProperty(name, out var value) ? value.GetInt32() : null;
}
