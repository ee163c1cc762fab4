using System.Diagnostics;
using System.Globalization;

namespace ProjectSilo.Tests.HttpApi;

/// <summary>The HTTP API of the built daemon by <c>curl</c> (spec 03), as scripts in a project use it.</summary>
public sealed class CurlTests : IAsyncLifetime
{
    private const string Url = "http://127.0.0.1:$(cat ~/.smc/api-server.port)/api/v1";
    private const string Curl = """curl -s -w '\n%{http_code} %{content_type}' -u "$(cat ~/.smc/secret-token):" """;

    private readonly DaemonProcess _daemon = new();

    public async Task InitializeAsync()
    {
        await _daemon.StartReadyAsync();
        await _daemon.WaitForFileAsync("api-server.port");
    }

    public async Task DisposeAsync() => await _daemon.DisposeAsync();

    [Fact]
    public async Task Text_IsWrittenAndReadBack()
    {
        Assert.Equal("\n200 ", await ShellAsync($"{Curl} --data-urlencode 'content=héllo & 100%' -d path=a.txt {Url}/write-text-file"));
        Assert.Equal("héllo & 100%", await File.ReadAllTextAsync(Path.Join(_daemon.Home, "a.txt")));
        Assert.Equal("héllo & 100%\n200 text/plain; charset=utf-8", await ShellAsync($"{Curl} \"{Url}/read-text-file?path=a.txt\""));
        Assert.Equal(
            "héllo & 100%\n200 text/plain; charset=utf-8",
            await ShellAsync($$"""{{Curl}} -H 'Content-Type: application/json' -d '{"path":"a.txt"}' {{Url}}/read-text-file"""));
        Assert.Equal("héllo & 100%", await ShellAsync($"curl -s -H \"Authorization: Bearer $(cat ~/.smc/secret-token)\" \"{Url}/read-text-file?path=a.txt\""));
    }

    [Theory]
    [InlineData("read-text-file?path=nope.txt", """{"error":"Error: ENOENT: no such file or directory, open 'nope.txt'"}""")]
    [InlineData("read-text-file?path=.smc", """{"error":"Error: EISDIR: illegal operation on a directory, read"}""")]
    [InlineData("read-text-file?path=pipe", """{"error":"Error: 'pipe' is not a regular file"}""")]
    [InlineData("read-text-file", """{"error":"Error: provide the path as a string -- got path=\"undefined\""}""")]
    [InlineData("write-text-file?path=no/such/d.txt&content=x", """{"error":"Error: ENOENT: no such file or directory, open 'no/such/d.txt'"}""")]
    [InlineData("write-text-file?path=x", """{"error":"Error: provide the content as a string -- got content of type undefined"}""")]
    [InlineData("foo", """{"error":"Error: unknown endpoint - \"foo\""}""")]
    public async Task Errors_AreJsonWithStatus400(string call, string answer)
    {
        await ShellAsync("mkfifo ~/pipe");
        Assert.Equal(answer + "\n400 application/json; charset=utf-8", await ShellAsync($"{Curl} \"{Url}/{call}\""));
    }

    [Fact]
    public async Task Login_IsRequired_AndNoTokenIsEchoed()
    {
        Assert.Equal("""{"error":"Error: you MUST authenticate all requests"}""", await ShellAsync($"curl -s {Url}/read-text-file"));
        Assert.Equal("""{"error":"Error: incorrect secret token"}""", await ShellAsync($"curl -s -u wrong: {Url}/read-text-file"));
    }

    [Fact]
    public async Task Requests_BeyondTheRateLimit_Get429()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var headers = await HeadersAsync();
        Assert.Equal(("150", "149"), (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]));
        Assert.InRange(long.Parse(headers["X-RateLimit-Reset"], CultureInfo.InvariantCulture), now + 59, now + 75);
        await ShellAsync($"curl -s -o /dev/null \"{Url}/read-text-file?[1-149]\"");
        Assert.Equal("Too many requests, please try again later.\n429 text/plain; charset=utf-8", await ShellAsync($"{Curl} {Url}/read-text-file"));
        headers = await HeadersAsync();
        Assert.Equal("0", headers["X-RateLimit-Remaining"]);
        Assert.InRange(int.Parse(headers["Retry-After"], CultureInfo.InvariantCulture), 1, 60);
    }

    private async Task<Dictionary<string, string>> HeadersAsync() =>
        (await ShellAsync($"curl -s -o /dev/null -D - {Url}/read-text-file"))
            .Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
            .Skip(1)
            .Select(line => line.Split(": ", 2))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);

    private async Task<string> ShellAsync(string command)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, Environment = { ["HOME"] = _daemon.Home } };
        using var shell = System.Diagnostics.Process.Start(start)!;
        var output = await shell.StandardOutput.ReadToEndAsync().Within();
        await shell.WaitForExitAsync().Within();
        Assert.Equal(0, shell.ExitCode);
        return output;
    }
}
