using System.Net;
using ProjectSilo.Gateways.Browser;

namespace ProjectSilo.Tests.Process;

public sealed class OriginTests
{
    [Theory]
    [InlineData(null, "a:1", true)]
    [InlineData("http://127.0.0.1:6001", "127.0.0.1:6001", true)]
    [InlineData("https://Site", "site", true)]
    [InlineData("https://site", "site:443", true)]
    [InlineData("http://site:80", "site", true)]
    [InlineData("https://listed", "other", true)]
    [InlineData("https://site:80", "site", false)]
    [InlineData("https://evil", "site", false)]
    [InlineData("https://site.evil", "site", false)]
    [InlineData("null", "site", false)]
    public void IsAllowed_ComparesWithTheHost(string? origin, string host, bool expected) =>
        Assert.Equal(expected, OriginCheck.IsAllowed(origin, host, new OriginCheckOptions { Allowed = { "https://listed" } }));

    [Fact]
    public async Task Upgrade_FromAnotherSite_IsForbidden()
    {
        await using var daemon = new DaemonProcess().With("PROJECTSILO_Origin__Allowed__0", "https://listed");
        await daemon.StartReadyAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await UpgradeAsync(daemon, "https://evil"));
        Assert.Equal(HttpStatusCode.NotFound, await UpgradeAsync(daemon, "https://listed"));
        Assert.Equal(HttpStatusCode.NotFound, await UpgradeAsync(daemon, $"http://127.0.0.1:{daemon.BrowserPort}"));
    }

    private static async Task<HttpStatusCode> UpgradeAsync(DaemonProcess daemon, string origin)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{daemon.BrowserPort}/x"));
        request.Headers.Add("Connection", "Upgrade");
        request.Headers.Add("Upgrade", "websocket");
        request.Headers.Add("Origin", origin);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }
}
