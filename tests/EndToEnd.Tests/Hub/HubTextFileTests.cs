using System.Text.Json.Nodes;

namespace ProjectSilo.Tests.Hub;

/// <summary>The text events (spec 02 §6), whose errors have no prefix.</summary>
public sealed class HubTextFileTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private NodeHub Hub => fixture.Hub;

    [Fact]
    public async Task Text_IsWrittenAndReadBack()
    {
        const string Text = "\ufeffhéllo 𝄞 日本\r\n\0";
        Assert.Equal("file_written_to_project", (string?)(await WriteAsync("a/b/text.md", Text))["event"]);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(InHome("a/b")));
        var answer = await ReadAsync("a/b/text.md");
        Assert.Equal("text_file_read_from_project", (string?)answer["event"]);
        Assert.Equal(Text, (string?)answer["content"]);
    }

    [Fact]
    public async Task Text_ThatIsNotUtf8_IsReadWithReplacements()
    {
        await File.WriteAllBytesAsync(InHome("latin1"), [(byte)'a', 0xe9, (byte)'b']);
        Assert.Equal("a\ufffdb", (string?)(await ReadAsync("latin1"))["content"]);
    }

    [Fact]
    public async Task Read_OfWhatCannotBeRead_IsAnErrorWithoutPrefix()
    {
        Directory.CreateDirectory(InHome("dir1"));
        await fixture.Hub.ExecAsync("mkfifo pipe; head -c 10000001 /dev/zero > large");
        AssertError("ENOENT: no such file or directory, open 'nope.txt'", await ReadAsync("nope.txt"));
        AssertError("EISDIR: illegal operation on a directory, read", await ReadAsync("dir1"));
        AssertError("'pipe' is not a regular file", await ReadAsync("pipe"));
        AssertError(
            "Attempt to open large file of size 10MB; the maximum allowed size is 10MB. Use vim, emacs, or pico from a terminal instead.", await ReadAsync("large"));
        AssertError("path must be specified", await Hub.CallAsync(NodeHub.Main, "read_text_file_from_project"));
    }

    [Fact]
    public async Task Write_OfWhatCannotBeWritten_IsAnErrorWithoutPrefix()
    {
        Directory.CreateDirectory(InHome("dir2"));
        AssertError("EISDIR: illegal operation on a directory, open 'dir2'", await WriteAsync("dir2", "x"));
        var answer = await WriteAsync("x", 5);
        Assert.StartsWith("The \"data\" argument must be of type string", (string?)answer["error"], StringComparison.Ordinal);
        Assert.False(File.Exists(InHome("x")));
    }

    [Fact]
    public async Task Write_OfOneFileManyTimes_LeavesTheLastContent()
    {
        var writes = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            writes.Add(await Hub.RequestAsync(NodeHub.Main, "write_text_file_to_project", new JsonObject { ["path"] = "same", ["content"] = $"{i}" }));
        }

        var answers = await Task.WhenAll(writes.Select(id => Hub.AnswerAsync(NodeHub.Main, id, "every answer")));
        Assert.All(answers, answer => Assert.Equal("file_written_to_project", (string?)answer["event"]));
        Assert.Equal("99", await File.ReadAllTextAsync(InHome("same")));
    }

    private string InHome(string path) => Path.Join(fixture.Daemon.Home, path);

    private Task<JsonNode> ReadAsync(string path) => Hub.CallAsync(NodeHub.Main, "read_text_file_from_project", new JsonObject { ["path"] = path });

    private Task<JsonNode> WriteAsync(string path, JsonNode content) =>
        Hub.CallAsync(NodeHub.Main, "write_text_file_to_project", new JsonObject { ["path"] = path, ["content"] = content });

    private static void AssertError(string text, JsonNode answer) => Assert.Equal(("error", text), ((string?)answer["event"], (string?)answer["error"]));
}
