using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace ProjectSilo.Tests.HttpApi;

/// <summary>The HTTP API of the built daemon (spec 03), as a script in the project finds it.</summary>
public sealed class HttpApiTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.2")]
    [InlineData("0.0.0.0", "127.0.0.2")]
    [InlineData("127.0.0.3", "127.0.0.1")]
    public async Task Api_ReadsAndWritesFiles_AtALoopbackAddressOnly(string hostname, string otherAddress)
    {
        await using var daemon = new DaemonProcess();
        await daemon.StartReadyAsync("--hostname", hostname);
        var address = hostname == "0.0.0.0" ? "127.0.0.1" : hostname;
        using var http = new HttpClient { BaseAddress = new Uri($"http://{address}:{daemon.ApiPort}/api/v1/") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", daemon.Read("secret-token"));
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["path"] = "a.txt", ["content"] = "bär" });
        using var written = await http.PostAsync(new Uri("write-text-file", UriKind.Relative), form);
        Assert.Equal(HttpStatusCode.OK, written.StatusCode);
        Assert.Equal("bär", await File.ReadAllTextAsync(Path.Join(daemon.Home, "a.txt")));
        using var read = await http.GetAsync(new Uri("read-text-file?path=a.txt", UriKind.Relative));
        Assert.Equal("bär", await read.Content.ReadAsStringAsync());
        Assert.Equal("148", Assert.Single(read.Headers.GetValues("X-RateLimit-Remaining")));
        Assert.Equal("timeout=5", Assert.Single(read.Headers.GetValues("Keep-Alive")));

        using var elsewhere = new TcpClient();
        var refused = await Assert.ThrowsAsync<SocketException>(() => elsewhere.ConnectAsync(otherAddress, daemon.ApiPort));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }
}
