using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.HttpApi;

/// <summary>Spec 03 §4.</summary>
public sealed class LimitTests
{
    private const int MaxBodyBytes = 3_145_728;
    private const string TooLarge = """{"error":"Error: request entity too large"}""";

    [Theory]
    [InlineData(MaxBodyBytes - 69, false)]
    [InlineData(MaxBodyBytes, false)]
    [InlineData(MaxBodyBytes, true)]
    public async Task Body_UpToTheLimit_IsTaken(int bytes, bool chunked)
    {
        await using var host = await new ApiHost().Start();
        foreach (var (type, start, end) in Bodies)
        {
            using var content = Content(type, start, end, bytes);
            var reply = await host.Send(HttpMethod.Post, "/api/v1/write-text-file", content, headers => headers.TransferEncodingChunked = chunked);
            Assert.Equal((200, ""), (reply.Status, reply.Body));
            Assert.Equal(bytes - start.Length - end.Length, new FileInfo(host.PathOf("large.txt")).Length);
        }
    }

    [Theory]
    [InlineData(MaxBodyBytes + 1, false)]
    [InlineData(MaxBodyBytes + 1, true)]
    [InlineData(MaxBodyBytes + 31, false)]
    public async Task Body_BeyondTheLimit_IsRefused(int bytes, bool chunked)
    {
        await using var host = await new ApiHost().Start();
        foreach (var (type, start, end) in Bodies)
        {
            using var content = Content(type, start, end, bytes);
            var reply = await host.Send(HttpMethod.Post, "/api/v1/write-text-file", content, headers => headers.TransferEncodingChunked = chunked);
            Assert.Equal((413, TooLarge, null), (reply.Status, reply.Body, reply["X-RateLimit-Limit"]));
        }

        Assert.Equal("bar", (await host.Get("/api/v1/read-text-file?path=a.txt")).Body);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_BeyondTheServersOwnLimit_IsTakenWhereTheOptionsAllowIt(bool chunked)
    {
        const int Bytes = 35_000_000;
        await using var host = await new ApiHost { Options = options => options.MaxBodyBytes = 40_000_000 }.Start();
        var (type, start, end) = Bodies[0];
        using var content = Content(type, start, end, Bytes);
        var reply = await host.Send(HttpMethod.Post, "/api/v1/write-text-file", content, headers => headers.TransferEncodingChunked = chunked);
        Assert.Equal((200, ""), (reply.Status, reply.Body));
        Assert.Equal(Bytes - start.Length - end.Length, new FileInfo(host.PathOf("large.txt")).Length);
    }

    [Fact]
    public async Task Bodies_MoreThanTheLimitAtOnce_AreRefusedUntilOneHasCome()
    {
        const string Body = """{"path":"a.txt"}""";
        await using var host = await new ApiHost { Options = options => options.MaxBodiesAtOnce = 2 }.Start();
        using var first = await host.Connect();
        using var second = await host.Connect();
        foreach (var socket in (Socket[])[first, second])
        {
            // The server has read the headers when it asks for the body.
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"POST /api/v1/read-text-file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ApiHost.Token}\r\nContent-Type: application/json\r\n"
                + $"Connection: close\r\nExpect: 100-continue\r\nContent-Length: {Body.Length}\r\n\r\n"));
            var interim = new byte[25];
            Assert.Equal(interim.Length, await socket.ReceiveAsync(interim).Within());
            Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", Encoding.ASCII.GetString(interim));
        }

        var refused = await host.PostJson("read-text-file", Body);
        Assert.Equal((503, """{"error":"Error: too many requests at once, try again later"}""", null), (refused.Status, refused.Body, refused["X-RateLimit-Limit"]));
        Assert.Equal("bar", (await host.Get("/api/v1/read-text-file?path=a.txt")).Body);

        await first.SendAsync(Encoding.ASCII.GetBytes(Body));
        Assert.EndsWith("bar", await ApiHost.ReadToEnd(first), StringComparison.Ordinal);
        Assert.Equal("bar", (await host.PostJson("read-text-file", Body)).Body);
    }

    [Fact]
    public async Task Parameters_BeyondTheLimit_AreRefused()
    {
        await using var host = await new ApiHost().Start();
        Assert.Equal(200, (await host.PostForm("read-text-file", "path=a.txt" + string.Concat(Enumerable.Repeat("&x", 999)))).Status);
        Assert.Equal(413, (await host.PostForm("read-text-file", "path=a.txt" + string.Concat(Enumerable.Repeat("&x", 1000)))).Status);
    }

    [Fact]
    public async Task Request151_WaitsForTheNextWindow()
    {
        var time = new FakeTimeProvider();
        time.Advance(TimeSpan.FromMilliseconds(1));
        await using var host = await new ApiHost { Time = time, Options = _ => { } }.Start();
        // Not counted: what can't be parsed or is too large.
        Assert.Null((await host.PostJson("read-text-file", "{"))["X-RateLimit-Limit"]);
        var start = time.GetUtcNow();
        for (var number = 1; number <= 150; number++)
        {
            // Each counts, whatever its outcome.
            var reply = await host.Get(number % 3 == 0 ? "/nowhere" : number % 3 == 1 ? "/api/v1/read-text-file?path=a.txt" : "/api/v1/foo");
            Assert.Equal(number % 3 == 0 ? 404 : number % 3 == 1 ? 200 : 400, reply.Status);
            Assert.Equal(
                ("150", (150 - number).ToString(CultureInfo.InvariantCulture), (start.ToUnixTimeSeconds() + 61).ToString(CultureInfo.InvariantCulture), null),
                (reply["X-RateLimit-Limit"], reply["X-RateLimit-Remaining"], reply["X-RateLimit-Reset"], reply["Retry-After"]));
        }

        time.Advance(TimeSpan.FromSeconds(12.5));
        for (var number = 0; number < 3; number++)
        {
            var limited = await host.Get("/api/v1/read-text-file?path=a.txt");
            Assert.Equal((429, "Too many requests, please try again later."), (limited.Status, limited.Body));
            Assert.Equal(("0", "48", null), (limited["X-RateLimit-Remaining"], limited["Retry-After"], limited["RateLimit-Limit"]));
        }

        Assert.Equal(400, (await host.PostJson("read-text-file", "{")).Status);
        time.Advance(TimeSpan.FromSeconds(47.4));
        Assert.Equal(429, (await host.Get("/")).Status);
        time.Advance(TimeSpan.FromSeconds(0.1));
        // The window begins with the first request after the last one ended.
        time.Advance(TimeSpan.FromSeconds(1000));
        var next = await host.Get("/api/v1/read-text-file?path=a.txt");
        Assert.Equal(("bar", "149"), (next.Body, next["X-RateLimit-Remaining"]));
        Assert.Equal(((time.GetUtcNow().ToUnixTimeMilliseconds() + 60_999) / 1000).ToString(CultureInfo.InvariantCulture), next["X-RateLimit-Reset"]);
    }

    [Fact]
    public async Task WrongTokens_AtSpeed_AreBoundedAndNeverEchoed()
    {
        const int Count = 10_000;
        await using var host = await new ApiHost { Options = _ => { } }.Start();
        var statuses = new int[600];
        var started = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            for (var number = client; number < Count; number += 8)
            {
                var sent = $"wrong-token-{number:D32}";
                var reply = await host.Send(
                    HttpMethod.Get, "/api/v1/read-text-file?path=a.txt", headers: headers => headers.TryAddWithoutValidation("Authorization", "Bearer " + sent));
                Assert.DoesNotContain(ApiHost.Token, reply.Body, StringComparison.Ordinal);
                Assert.DoesNotContain(sent, reply.Body, StringComparison.Ordinal);
                Interlocked.Increment(ref statuses[reply.Status]);
            }
        }));
        Assert.Equal((150, Count - 150), (statuses[400], statuses[429]));
        Assert.True(started.Elapsed < Bounded.Limit);
    }

    [Fact]
    public async Task SlowBody_IsGivenUp_AndDelaysNobody()
    {
        await using var host = await new ApiHost { Options = options => options.BodyTimeout = TimeSpan.FromMilliseconds(500) }.Start();
        var slow = Enumerable.Range(0, 50).Select(_ => host.Raw(
            $"POST /api/v1/read-text-file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ApiHost.Token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"path\""))
            .ToArray();
        Assert.Equal("bar", (await host.Get("/api/v1/read-text-file?path=a.txt")).Body);
        foreach (var reply in await Task.WhenAll(slow).Within())
        {
            Assert.StartsWith("HTTP/1.1 408", reply, StringComparison.Ordinal);
            Assert.EndsWith("""{"error":"Error: request timeout"}""", reply, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Body_ThatIsMalformed_IsRefused()
    {
        await using var host = await new ApiHost().Start();
        var reply = await host.Raw(
            "POST /api/v1/read-text-file HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n");
        Assert.StartsWith("HTTP/1.1 400", reply, StringComparison.Ordinal);
        Assert.EndsWith("""{"error":"Error: invalid request body"}""", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_ThatEndsEarly_IsNotActedOn()
    {
        await using var host = await new ApiHost().Start();
        using var socket = await host.Connect();
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST /api/v1/write-text-file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ApiHost.Token}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            + "Content-Length: 100\r\n\r\npath=cut.txt&content=half of the te"));
        socket.Shutdown(SocketShutdown.Send);
        try
        {
            Assert.DoesNotContain("HTTP/1.1 200", await ApiHost.ReadToEnd(socket), StringComparison.Ordinal);
        }
        catch (SocketException exception)
        {
            // The client broke its promise: whether the server then closes or resets the connection is not specified, and Kestrel does either.
            Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        }

        Assert.Equal("bar", (await host.Get("/api/v1/read-text-file?path=a.txt")).Body);
        Assert.False(File.Exists(host.PathOf("cut.txt")));
    }

    [Fact]
    public async Task PipelinedRequests_AreAnsweredInOrder()
    {
        await using var host = await new ApiHost().Start();
        const string Body = """{"path":"b.txt"}""";
        var reply = await host.Raw(
            $"GET /api/v1/read-text-file?path=a.txt HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ApiHost.Token}\r\n\r\n"
            + $"POST /api/v1/read-text-file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ApiHost.Token}\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"
            + "POST /api/v1/read-text-file HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n12345"
            + "DELETE /api/v1/read-text-file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        var heads = reply.Split("HTTP/1.1 ", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["200", "200", "400", "404"], heads.Select(head => head[..3]));
        Assert.EndsWith("bar", heads[0], StringComparison.Ordinal);
        Assert.EndsWith("héllo\n", heads[1], StringComparison.Ordinal);
        Assert.Contains("Connection: close", heads[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task IdleConnection_IsClosed()
    {
        await using var host = await new ApiHost { Options = options => options.KeepAliveTimeout = TimeSpan.FromSeconds(1) }.Start();
        var reply = await host.Raw($"GET /api/v1/read-text-file?path=a.txt HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ApiHost.Token}\r\n\r\n");
        Assert.Contains("Keep-Alive: timeout=1\r\n", reply, StringComparison.Ordinal);
        Assert.EndsWith("bar", reply, StringComparison.Ordinal);
    }

    private static (string Type, string Start, string End)[] Bodies =>
    [
        ("application/json", """{"path":"large.txt","content":""" + "\"", "\"}"),
        ("application/x-www-form-urlencoded", "path=large.txt&content=", ""),
    ];

    private static StringContent Content(string type, string start, string end, int bytes) =>
        new(start + new string('x', bytes - start.Length - end.Length) + end, Encoding.ASCII, type);
}
