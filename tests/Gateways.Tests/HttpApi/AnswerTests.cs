using System.Text;

namespace ProjectSilo.Gateways.Tests.HttpApi;

/// <summary>Every row of the table of answers, spec 03 §3.</summary>
public sealed class AnswerTests : IAsyncLifetime
{
    private const string Json = "application/json; charset=utf-8";
    private const string Text = "text/plain; charset=utf-8";
    private const string NoLogin = """{"error":"Error: you MUST authenticate all requests"}""";
    private const string WrongToken = """{"error":"Error: incorrect secret token"}""";
    private const string InvalidJson = """{"error":"Error: invalid JSON body"}""";

    private readonly ApiHost _host = new();

    public Task InitializeAsync() => _host.Start();

    public Task DisposeAsync() => _host.DisposeAsync().AsTask();

    [Theory]
    [InlineData("/api/v1/read-text-file?path=a.txt", "bar")]
    [InlineData("/API/V1/read-text-file?path=a.txt", "bar")]
    [InlineData("/api/v1/x/y/read-text-file?path=a.txt", "bar")]
    [InlineData("/api/v1/read-text-file?path=b.txt", "héllo\n")]
    [InlineData("/api/v1/read-text-file?path=%61.txt&other=x", "bar")]
    [InlineData("/api/v1/read-text-file?path=dir1/../a.txt", "bar")]
    public async Task Read_GivesTheText(string target, string text)
    {
        var reply = await _host.Get(target);
        Assert.Equal((200, text, Text), (reply.Status, reply.Body, reply["Content-Type"]));
        Assert.Equal("nosniff", reply["X-Content-Type-Options"]);
        Assert.Equal(Encoding.UTF8.GetByteCount(text).ToString(), reply["Content-Length"]);
    }

    [Theory]
    [InlineData("/api/v1/read-text-file", "provide the path as a string -- got path=\\\"undefined\\\"")]
    [InlineData("/api/v1/read-text-file?path=a&path=b", "provide the path as a string -- got path=\\\"a,b\\\"")]
    [InlineData("/api/v1/read-text-file?path[a]=b", "provide the path as a string -- got path=\\\"[object Object]\\\"")]
    [InlineData("/api/v1/read-text-file?path=", "ENOENT: no such file or directory, open ''")]
    [InlineData("/api/v1/read-text-file?path=/no/such", "ENOENT: no such file or directory, open '/no/such'")]
    [InlineData("/api/v1/read-text-file?path=nope.txt", "ENOENT: no such file or directory, open 'nope.txt'")]
    [InlineData("/api/v1/read-text-file?path=dir1", "EISDIR: illegal operation on a directory, read")]
    [InlineData("/api/v1/read-text-file?path=a%00b", "path must not contain null bytes")]
    [InlineData("/api/v1/write-text-file?path=x", "provide the content as a string -- got content of type undefined")]
    [InlineData("/api/v1/write-text-file?path=no/such/d.txt&content=x", "ENOENT: no such file or directory, open 'no/such/d.txt'")]
    [InlineData("/api/v1/foo?path=a.txt", "unknown endpoint - \\\"foo\\\"")]
    [InlineData("/api/v1/get_syncdoc_history?path=a.txt", "unknown endpoint - \\\"get_syncdoc_history\\\"")]
    [InlineData("/api/v1/Read-Text-File?path=a.txt", "unknown endpoint - \\\"Read-Text-File\\\"")]
    [InlineData("/api/v1/read-text-file/?path=a.txt", "unknown endpoint - \\\"\\\"")]
    [InlineData("/api/v1/?path=a.txt", "unknown endpoint - \\\"\\\"")]
    public async Task Get_ThatFails_TellsWhy(string target, string error)
    {
        var reply = await _host.Get(target);
        Assert.Equal((400, "{\"error\":\"Error: " + error + "\"}", Json), (reply.Status, reply.Body, reply["Content-Type"]));
    }

    [Theory]
    [InlineData("read-text-file", "{}", "provide the path as a string -- got path=\\\"undefined\\\"")]
    [InlineData("read-text-file", "", "provide the path as a string -- got path=\\\"undefined\\\"")]
    [InlineData("read-text-file", """{"path":5}""", "provide the path as a string -- got path=\\\"5\\\"")]
    [InlineData("read-text-file", """{"path":null}""", "provide the path as a string -- got path=\\\"null\\\"")]
    [InlineData("read-text-file", """{"path":["a","b"]}""", "provide the path as a string -- got path=\\\"a,b\\\"")]
    [InlineData("write-text-file", """{"path":"x","content":7}""", "provide the content as a string -- got content of type number")]
    [InlineData("write-text-file", """{"path":"x","content":true}""", "provide the content as a string -- got content of type boolean")]
    [InlineData("write-text-file", """{"path":"x","content":null}""", "provide the content as a string -- got content of type object")]
    [InlineData("write-text-file", """{"path":"x","content":["a"]}""", "provide the content as a string -- got content of type object")]
    [InlineData("write-text-file", """{"path":5,"content":7}""", "provide the path as a string -- got path=\\\"5\\\"")]
    public async Task Post_ThatFails_TellsWhy(string endpoint, string json, string error)
    {
        var reply = await _host.PostJson(endpoint, json);
        Assert.Equal((400, "{\"error\":\"Error: " + error + "\"}", Json), (reply.Status, reply.Body, reply["Content-Type"]));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("{} {}")]
    public async Task Body_ThatIsNoJsonObject_IsRefused(string json)
    {
        var reply = await _host.PostJson("read-text-file", json);
        Assert.Equal((400, InvalidJson, Json), (reply.Status, reply.Body, reply["Content-Type"]));
    }

    [Theory]
    [InlineData("application/json", """{"path":"w.txt","content":"wörld"}""", "wörld")]
    [InlineData("application/json; charset=utf-8", """{"path":"w.txt","content":""}""", "")]
    [InlineData("APPLICATION/JSON", """{"path":"w.txt","content":"x"}""", "x")]
    [InlineData("application/x-www-form-urlencoded", "path=w.txt&content=a+b%26%0Ac", "a b&\nc")]
    [InlineData("application/x-www-form-urlencoded", "path=w.txt&content=", "")]
    [InlineData("application/x-www-form-urlencoded; charset=utf-8", "content=x%3D%3d=&path=w.txt&", "x===")]
    public async Task Write_WritesTheText(string contentType, string body, string text)
    {
        using var content = new StringContent(body);
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        var reply = await _host.Send(HttpMethod.Post, "/api/v1/write-text-file", content);
        Assert.Equal((200, "", "0", null), (reply.Status, reply.Body, reply["Content-Length"], reply["Content-Type"]));
        Assert.Equal(Encoding.UTF8.GetBytes(text), await File.ReadAllBytesAsync(_host.PathOf("w.txt")));
    }

    [Fact]
    public async Task Read_OfATooLargeFileOrAPipe_IsRefused()
    {
        using (var large = File.OpenHandle(_host.PathOf("large.txt"), FileMode.Create, FileAccess.Write))
        {
            RandomAccess.SetLength(large, 10_000_001);
        }

        Assert.StartsWith("""{"error":"Error: Attempt to open large file""", (await _host.Get("/api/v1/read-text-file?path=large.txt")).Body, StringComparison.Ordinal);
        Assert.Equal(400, (await _host.Get("/api/v1/read-text-file?path=/dev/zero")).Status);
        using (var large = File.OpenHandle(_host.PathOf("large.txt"), FileMode.Create, FileAccess.Write))
        {
            RandomAccess.SetLength(large, 10_000_000);
        }

        Assert.Equal(10_000_000, (await _host.Get("/api/v1/read-text-file?path=large.txt")).Body.Length);
    }

    [Fact]
    public async Task Write_ByGet_Works()
    {
        Assert.Equal(200, (await _host.Get("/api/v1/write-text-file?path=g.txt&content=by+get")).Status);
        Assert.Equal("by get", await File.ReadAllTextAsync(_host.PathOf("g.txt")));
    }

    [Fact]
    public async Task Write_OfAnExistingFile_KeepsItsMode()
    {
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        File.SetUnixFileMode(_host.PathOf("a.txt"), Mode);
        Assert.Equal(200, (await _host.PostForm("write-text-file", "path=a.txt&content=short")).Status);
        Assert.Equal(("short", Mode), (await File.ReadAllTextAsync(_host.PathOf("a.txt")), File.GetUnixFileMode(_host.PathOf("a.txt"))));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/jsonx")]
    [InlineData(null)]
    public async Task Body_OfAnotherType_HasNoParameters(string? contentType)
    {
        using var content = new ByteArrayContent("""{"path":"a.txt"}"""u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        var reply = await _host.Send(HttpMethod.Post, "/api/v1/read-text-file?path=a.txt", content);
        Assert.Contains("got path=\\\"undefined\\\"", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_OfAGet_HasNoParameters()
    {
        using var content = new StringContent("""{"path":"b.txt"}""", Encoding.UTF8, "application/json");
        Assert.Equal("bar", (await _host.Send(HttpMethod.Get, "/api/v1/read-text-file?path=a.txt", content)).Body);
    }

    [Fact]
    public async Task Body_ThatIsCompressed_IsRefused()
    {
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        content.Headers.ContentEncoding.Add("gzip");
        Assert.Equal(415, (await _host.Send(HttpMethod.Post, "/api/v1/read-text-file", content)).Status);
    }

    [Theory]
    [InlineData(null, NoLogin)]
    [InlineData("", NoLogin)]
    [InlineData("Digest username=x", """{"error":"Error: unknown authorization type 'Digest'"}""")]
    [InlineData("bearer " + ApiHost.Token, """{"error":"Error: unknown authorization type 'bearer'"}""")]
    [InlineData(ApiHost.Token, """{"error":"Error: unknown authorization type '...'"}""")]
    [InlineData("Bearer wrong", WrongToken)]
    [InlineData("Bearer", WrongToken)]
    [InlineData("Bearer " + ApiHost.Token + "x", WrongToken)]
    [InlineData("Bearer abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", WrongToken)]
    [InlineData("Basic", WrongToken)]
    [InlineData("Basic !!!", WrongToken)]
    [InlineData("Basic OnBhc3N3b3Jk", WrongToken)]
    [InlineData("Bearer " + ApiHost.Token, null)]
    [InlineData("Bearer \t " + ApiHost.Token + " more", null)]
    [InlineData("Basic YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU2Nzg5QUJDREVGRz06", null)]
    [InlineData("Basic YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU2Nzg5QUJDREVGRz06cGFzc3dvcmQ6eA==", null)]
    [InlineData("Basic YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU2Nzg5QUJDREVGRz0=", null)]
    public async Task Login_NeedsTheToken(string? authorization, string? error)
    {
        var header = authorization is null ? "" : $"Authorization: {authorization}\r\n";
        var reply = await _host.Raw($"GET /api/v1/read-text-file?path=a.txt HTTP/1.1\r\nHost: x\r\n{header}Connection: close\r\n\r\n");
        Assert.StartsWith(error is null ? "HTTP/1.1 200" : "HTTP/1.1 400", reply, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + (error ?? "bar"), reply, StringComparison.Ordinal);
        Assert.DoesNotContain(ApiHost.Token, reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/", "/")]
    [InlineData("GET", "/api/v1", "/api/v1")]
    [InlineData("POST", "/api/v1", "/api/v1")]
    [InlineData("GET", "/api/v2/read-text-file?path=a.txt", "/api/v2/read-text-file")]
    [InlineData("GET", "/x/../api/v1/read-text-file?path=a.txt", "/x/../api/v1/read-text-file")]
    [InlineData("GET", "//api/v1/read-text-file", "//api/v1/read-text-file")]
    [InlineData("PUT", "/api/v1/read-text-file?path=a.txt", "/api/v1/read-text-file")]
    [InlineData("DELETE", "/api/v1/read-text-file", "/api/v1/read-text-file")]
    [InlineData("PATCH", "/api/v1/read-text-file", "/api/v1/read-text-file")]
    [InlineData("OPTIONS", "/api/v1", "/api/v1")]
    public async Task OtherPathsAndMethods_AreNotFound(string method, string target, string shown)
    {
        var reply = await _host.Raw($"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404", reply, StringComparison.Ordinal);
        Assert.EndsWith($$"""{"error":"Error: Cannot {{method}} {{shown}}"}""", reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://host/api/v1/read-text-file?path=a.txt", "bar")]
    [InlineData("/api/v1/a%2Fread-text-file?path=a.txt", """{"error":"Error: unknown endpoint - \"a%2Fread-text-file\""}""")]
    [InlineData("/api/v1/../v1/read-text-file?path=a.txt", "bar")]
    public async Task Endpoint_IsCutFromThePathAsItIsSent(string target, string body)
    {
        var reply = await _host.Raw($"GET {target} HTTP/1.1\r\nHost: host\r\nAuthorization: Bearer {ApiHost.Token}\r\nConnection: close\r\n\r\n");
        Assert.EndsWith("\r\n\r\n" + body, reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_OfARoute_NeedsNoLogin()
    {
        _host.Client.DefaultRequestHeaders.Authorization = null;
        var reply = await _host.Send(HttpMethod.Options, "/api/v1/anything");
        Assert.Equal((200, "GET, HEAD, POST", "GET, HEAD, POST"), (reply.Status, reply.Body, reply["Allow"]));
    }

    [Fact]
    public async Task Head_AnswersAsGetWithoutBody()
    {
        var get = await _host.Get("/api/v1/read-text-file?path=b.txt");
        var head = await _host.Send(HttpMethod.Head, "/api/v1/read-text-file?path=b.txt");
        Assert.Equal((200, "", get["Content-Length"], get["Content-Type"], get["ETag"]), (head.Status, head.Body, head["Content-Length"], head["Content-Type"], head["ETag"]));
        var failed = await _host.Send(HttpMethod.Head, "/api/v1/read-text-file?path=nope.txt");
        Assert.Equal((400, "", "69"), (failed.Status, failed.Body, failed["Content-Length"]));
    }

    [Theory]
    [InlineData("W/\"7-/0GkUtY9gwKSp/Oe7nQQpFkp9dE\"", 304)]
    [InlineData("\"x\", W/\"7-/0GkUtY9gwKSp/Oe7nQQpFkp9dE\"", 304)]
    [InlineData("*", 304)]
    [InlineData("W/\"7-other\"", 200)]
    public async Task IfNoneMatch_OfTheSameText_IsNotModified(string tag, int status)
    {
        var reply = await _host.Send(HttpMethod.Get, "/api/v1/read-text-file?path=b.txt", headers: headers => headers.TryAddWithoutValidation("If-None-Match", tag));
        Assert.Equal((status, status == 304 ? "" : "héllo\n", "W/\"7-/0GkUtY9gwKSp/Oe7nQQpFkp9dE\""), (reply.Status, reply.Body, reply["ETag"]));
    }

    [Fact]
    public async Task Headers_AreThoseOfTheSpecification()
    {
        var reply = await _host.Get("/api/v1/read-text-file?path=a.txt");
        Assert.Equal(("keep-alive", "timeout=5"), (reply["Connection"], reply["Keep-Alive"]));
        Assert.NotNull(reply["Date"]);
        Assert.Null(reply["X-Powered-By"]);
        Assert.Null(reply["Server"]);
        Assert.Null(reply["Access-Control-Allow-Origin"]);
    }

    [Fact]
    public async Task Order_BodyRateLimitRouteLoginEndpointParameters()
    {
        _host.Client.DefaultRequestHeaders.Authorization = null;
        using var bad = new StringContent("{", Encoding.UTF8, "application/json");
        Assert.Equal(InvalidJson, (await _host.Send(HttpMethod.Put, "/nowhere", bad)).Body);
        Assert.Equal(404, (await _host.Get("/nowhere")).Status);
        Assert.Equal(NoLogin, (await _host.Get("/api/v1/foo")).Body);
        Assert.Equal(NoLogin, (await _host.Get("/api/v1/read-text-file")).Body);
    }
}
