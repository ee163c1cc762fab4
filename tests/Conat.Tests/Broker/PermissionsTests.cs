using System.Text.Json;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Tests.Broker;

/// <summary>Every case of <c>conat-permissions.json</c>: what whom is allowed, and who signs in with which cookies (spec 05 §9, §10).</summary>
public class PermissionsTests
{
    private const string Project = "00000000-0000-4000-8000-000000000000";
    private const string Account = "00000000-0000-4000-8000-000000000010";
    private static readonly JsonElement File = Vectors.Load("conat-permissions");

    [Fact]
    public void IsAllowed_EveryCapturedCase_AsTheReferenceDecides()
    {
        var permissions = new ConatPermissions(new Directory());
        Assert.All(File.GetProperty("permissions").EnumerateArray(), item =>
        {
            ConatUser? user = item.GetProperty("user").GetString() switch
            {
                "hub" => ConatUser.Hub("hub"),
                "system" => ConatUser.Hub("system"),
                "project" => ConatUser.Project(Project),
                "account" => ConatUser.Account(Account),
                "stranger" => ConatUser.Account("00000000-0000-4000-8000-000000000011"),
                "admin" => ConatUser.Account(Directory.Admin),
                _ => null,
            };

            // Without a user there is no session, and thus nobody to ask for.
            var isAllowed = user is not null && permissions.IsAllowedAsync(
                user,
                item.GetProperty("subject").GetString().AsMemory(),
                item.GetProperty("type").GetString() == "pub" ? ConatAccess.Publish : ConatAccess.Subscribe,
                CancellationToken.None).AsTask().Result;
            Assert.Equal(item.GetProperty("allowed").GetBoolean(), isAllowed);
        });
    }

    [Fact]
    public void Authenticate_EveryCapturedCase_AsTheReferenceDecides() => Assert.All(File.GetProperty("auth").EnumerateArray(), item =>
    {
        var result = Authenticate(item.GetProperty("cookie").GetString(), hasSystemAccount: item.TryGetProperty("systemAccount", out var has) && has.GetBoolean());
        Assert.Equal(item.TryGetProperty("error", out var error) ? error.GetString() : "", result.Error);
        Assert.Equal(item.TryGetProperty("user", out var user) ? Compact(user) : null, result.User?.Json);
    });

    [Theory]
    [InlineData("hub_password=hubpw", "{\"hub_id\":\"hub\"}")]
    [InlineData("hub_password=\"hubpw\"; hub_password=bad", "{\"hub_id\":\"hub\"}")]
    [InlineData("sys=syspw; hub_password=bad", "{\"hub_id\":\"system\"}")]
    [InlineData("hub_password=; api_key=sk-acc", "{\"account_id\":\"" + Account + "\"}")]
    [InlineData("sys=; hub_password=hubpw", null)]
    [InlineData("project_secret=; project_id=" + Project, null)]
    [InlineData("project_secret=%; project_id=%zz;=;;", null)]
    public void Authenticate_OrderAndQuotes_FirstNonEmptyCookieDecides(string cookies, string? user) =>
        Assert.Equal(user, Authenticate(cookies, hasSystemAccount: true).User?.Json);

    [Fact]
    public void Authenticate_WithABasePath_NamesAreLiteral()
    {
        Assert.Equal(("", "", "%2Fbase", "%2Fa%20b!"), (
            CookieAuthentication.Prefix(""), CookieAuthentication.Prefix("/"), CookieAuthentication.Prefix("/base"), CookieAuthentication.Prefix("/a b!")));
        Assert.NotNull(Authenticate($"%2Fbaseproject_secret=s3cret-token-0123456789; %2Fbaseproject_id={Project}", basePath: "/base").User);
        Assert.Equal("must specify project_id in the cookie %2Fbaseproject_id", Authenticate("%2Fbaseproject_secret=s3cret-token-0123456789", basePath: "/base").Error);
        Assert.Null(Authenticate($"project_secret=s3cret-token-0123456789; project_id={Project}", basePath: "/base").User);
    }

    private static AuthenticationResult Authenticate(string? cookies, bool hasSystemAccount = false, string basePath = "/")
    {
        var credentials = new ConatCredentials
        {
            BasePath = basePath,
            SystemPassword = hasSystemAccount ? "syspw" : null,
            HubPassword = "hubpw",
            ProjectSecrets = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty.Add(Project, "s3cret-token-0123456789"),
            ApiKeys = [new("sk-proj", ConatUser.Project(Project)), new("sk-acc", ConatUser.Account(Account))],
            FindSession = (session, _) => new(session == "ok-1" ? ConatUser.Account(Account) : AuthenticationResult.Refused("invalid remember me cookie")),
        };
        return new CookieAuthentication(() => credentials).AuthenticateAsync(cookies, CancellationToken.None).AsTask().Result;
    }

    private static string Compact(JsonElement value)
    {
        Assert.True(WireJson.TryParse(System.Text.Encoding.UTF8.GetBytes(value.GetRawText()), out var parsed));
        return WireJson.ToText(parsed);
    }

    private sealed class Directory : IConatDirectory
    {
        public const string Admin = "00000000-0000-4000-8000-0000000000ad";

        public ValueTask<bool> IsCollaboratorAsync(string accountId, string projectId, CancellationToken cancellationToken) =>
            new(accountId == Account && projectId == Project);

        public ValueTask<bool> IsSiteAdminAsync(string accountId, CancellationToken cancellationToken) => new(accountId == Admin);
    }
}
