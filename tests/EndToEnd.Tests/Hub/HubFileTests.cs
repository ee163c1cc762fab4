using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Tests.Hub;

/// <summary>Files as blobs, over the wire (spec 02 §6).</summary>
public sealed class HubFileTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private NodeHub Hub => fixture.Hub;

    [Fact]
    public async Task Read_OfAFile_AnswersAndSendsItsBlob()
    {
        await File.WriteAllTextAsync(InHome("hello.txt"), "hello world\n");
        var answer = await ReadAsync("hello.txt");
        Assert.Equal("file_read_from_project", (string?)answer["event"]);
        Assert.Equal("22596363-b3de-440b-86f9-81fb85d82312", (string?)answer["data_uuid"]);
        Assert.Null(answer["archive"]);
        Assert.Equal("hello world\n"u8.ToArray(), await Hub.BlobAsync(NodeHub.Main, (string)answer["data_uuid"]!));
        // A blob right behind its answer, with nothing between them.
        var events = Hub.Events.Where(happened => (string?)happened["on"] == NodeHub.Main).ToList();
        var at = events.FindIndex(happened => (string?)happened["message"]?["id"] == (string?)answer["id"]);
        Assert.Equal((string?)answer["data_uuid"], (string?)events[at + 1]["uuid"]);
    }

    [Fact]
    public async Task Read_OfAnEmptyFile_SendsABlobOfNothing()
    {
        await File.WriteAllTextAsync(InHome("empty"), "");
        var answer = await ReadAsync("empty");
        Assert.Equal("da39a3ee-5e6b-44b0-9325-5bfef9560189", (string?)answer["data_uuid"]);
        Assert.Empty(await Hub.BlobAsync(NodeHub.Main, (string)answer["data_uuid"]!));
    }

    [Fact]
    public async Task Read_OfAFolder_SendsAnArchiveThatTarUnpacks()
    {
        Directory.CreateDirectory(InHome("--folder/deep/.npm"));
        await File.WriteAllTextAsync(InHome("--folder/deep/é.txt"), "content");
        await File.WriteAllTextAsync(InHome("--folder/deep/.npm/cache"), "not wanted");
        var answer = await ReadAsync("--folder/", new JsonObject { ["archive"] = "tar.bz2" });
        Assert.Equal("tar.bz2", (string?)answer["archive"]);
        using var unpacked = new TemporaryFolder();
        await File.WriteAllBytesAsync(unpacked.File("archive"), await Hub.BlobAsync(NodeHub.Main, (string)answer["data_uuid"]!));
        await RunAsync(unpacked.Path, "tar", "-xjf", "archive");
        Assert.Equal("content", await File.ReadAllTextAsync(unpacked.File("--folder/deep/é.txt")));
        Assert.False(Directory.Exists(unpacked.File("--folder/deep/.npm")));
        AssertError("Error: The only supported directory archive format is tar.bz2", await ReadAsync("--folder", new JsonObject { ["archive"] = "zip" }));
        Assert.Empty(Directory.GetFiles(fixture.Daemon.Temporary, "*.tar.bz2"));
    }

    [Fact]
    public async Task Read_OfWhatCannotBeRead_IsAnError()
    {
        await using (var large = File.Create(InHome("large")))
        {
            large.SetLength(10_000_001);
        }

        await RunAsync(fixture.Daemon.Home, "mkfifo", "pipe");
        AssertError($"Error: ENOENT: no such file or directory, stat '{InHome("nope.txt")}'", await ReadAsync("nope.txt"));
        AssertError(
            "Error: Attempt to open large file of size 10MB; the maximum allowed size is 10MB. Use vim, emacs, or pico from a terminal instead.",
            await ReadAsync("large"));
        AssertError($"Error: '{InHome("pipe")}' is not a regular file", await ReadAsync("pipe"));
        AssertError("Error: path must be specified", await Hub.CallAsync(NodeHub.Main, "read_file_from_project"));
        await fixture.OtherIsAnsweredAsync();
    }

    [Fact]
    public async Task Write_WithItsBlobInTheSameSegment_WritesIt()
    {
        var content = new byte[100_000];
        new Random(3).NextBytes(content);
        var answer = await WriteAsync("new/parents/data.bin", content);
        Assert.Equal("file_written_to_project", (string?)answer["event"]);
        Assert.Equal(content, await File.ReadAllBytesAsync(InHome("new/parents/data.bin")));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(InHome("new")));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(InHome("new/parents")));
    }

    [Fact]
    public async Task Write_WhoseBlobCameBefore_WaitsForAnother()
    {
        var uuid = Guid.NewGuid().ToString();
        await Hub.SendBlobAsync(NodeHub.Main, uuid, "lost"u8);
        var id = await Hub.RequestAsync(NodeHub.Main, "write_file_to_project", new JsonObject { ["path"] = "late.txt", ["data_uuid"] = uuid });
        // Handled in order: had the first blob been taken, the file would be on its way.
        await fixture.OtherIsAnsweredAsync();
        Assert.Equal("pong", (string?)(await Hub.CallAsync(NodeHub.Main, "ping"))["event"]);
        Assert.False(File.Exists(InHome("late.txt")));
        await Hub.SendBlobAsync(NodeHub.Main, uuid, "found"u8);
        Assert.Equal("file_written_to_project", (string?)(await Hub.AnswerAsync(NodeHub.Main, id, "the answer"))["event"]);
        Assert.Equal("found", await File.ReadAllTextAsync(InHome("late.txt")));
    }

    [Fact]
    public async Task Write_OfOneBlobTwice_WritesBoth()
    {
        var uuid = Guid.NewGuid().ToString();
        var first = await Hub.RequestAsync(NodeHub.Main, "write_file_to_project", new JsonObject { ["path"] = "one.txt", ["data_uuid"] = uuid });
        var second = await Hub.RequestAsync(NodeHub.Main, "write_file_to_project", new JsonObject { ["path"] = "two.txt", ["data_uuid"] = uuid });
        // On another connection it is nobody's.
        await Hub.SendBlobAsync(HubFixture.Other, uuid, "not this"u8);
        await fixture.OtherIsAnsweredAsync();
        await Hub.SendBlobAsync(NodeHub.Main, uuid, "both"u8);
        await Hub.AnswerAsync(NodeHub.Main, first, "the first answer");
        await Hub.AnswerAsync(NodeHub.Main, second, "the second answer");
        Assert.Equal("both", await File.ReadAllTextAsync(InHome("one.txt")));
        Assert.Equal("both", await File.ReadAllTextAsync(InHome("two.txt")));
    }

    [Fact]
    public async Task Write_OfManyAtOnceAmongCommands_WritesEach()
    {
        const int Count = 50;
        var before = fixture.Use();
        await Hub.StepAsync(NodeHub.Main, new JsonObject { ["do"] = "cork" });
        List<string> ids = [], uuids = [];
        for (var i = 0; i < Count; i++)
        {
            uuids.Add(Guid.NewGuid().ToString());
            ids.Add(await Hub.RequestAsync(NodeHub.Main, "write_file_to_project", new JsonObject { ["path"] = $"many/{i}", ["data_uuid"] = uuids[i] }));
            ids.Add(await Hub.RequestAsync(NodeHub.Main, "project_exec", new JsonObject { ["command"] = $"echo {i}" }));
        }

        // In another order than they were announced in.
        for (var i = Count - 1; i >= 0; i--)
        {
            await Hub.SendBlobAsync(NodeHub.Main, uuids[i], Encoding.UTF8.GetBytes(new string((char)('a' + (i % 26)), 10_000 + i)));
        }

        await Hub.StepAsync(NodeHub.Main, new JsonObject { ["do"] = "uncork" });
        var answers = await Task.WhenAll(ids.Select(id => Hub.AnswerAsync(NodeHub.Main, id, "every answer")));
        for (var i = 0; i < Count; i++)
        {
            Assert.Equal("file_written_to_project", (string?)answers[2 * i]["event"]);
            Assert.Equal($"{i}\n", (string?)answers[(2 * i) + 1]["stdout"]);
            Assert.Equal(new string((char)('a' + (i % 26)), 10_000 + i), await File.ReadAllTextAsync(InHome($"many/{i}")));
        }

        Assert.Equal(Count, Directory.GetFileSystemEntries(InHome("many")).Length);
        await before.NothingLeakedAsync();
    }

    [Fact]
    public async Task Write_OfAnExistingFile_KeepsItsModeAndLinks()
    {
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead;
        await File.WriteAllTextAsync(InHome("script"), "a longer content than the new one");
        File.SetUnixFileMode(InHome("script"), Mode);
        File.CreateSymbolicLink(InHome("link"), "script");
        await WriteAsync("link", "new"u8.ToArray());
        Assert.Equal("script", new FileInfo(InHome("link")).LinkTarget);
        Assert.Equal("new", await File.ReadAllTextAsync(InHome("script")));
        Assert.Equal(Mode, File.GetUnixFileMode(InHome("script")));
    }

    [Fact]
    public async Task Write_OfWhatCannotBeWritten_IsAnError()
    {
        Directory.CreateDirectory(InHome("folder"));
        await File.WriteAllTextAsync(InHome("file"), "");
        AssertError($"Error: EISDIR: illegal operation on a directory, open '{InHome("folder")}'", await WriteAsync("folder", [1]));
        AssertError("Error: ENOTDIR: not a directory, mkdir", await WriteAsync("file/in/it", [1]), exactly: false);
        AssertError("Error: data_uuid must be specified", await Hub.CallAsync(NodeHub.Main, "write_file_to_project", new JsonObject { ["path"] = "x" }));
    }

    [Fact]
    public async Task Write_WhoseHubGoesAway_LeavesNothing()
    {
        var before = fixture.Use();
        await Hub.ConnectAsync("leaving");
        await Hub.RequestAsync("leaving", "write_file_to_project", new JsonObject { ["path"] = "never", ["data_uuid"] = Guid.NewGuid().ToString() });
        await Hub.CallAsync("leaving", "ping");
        await Hub.StepAsync("leaving", new JsonObject { ["do"] = "close" });
        await fixture.OtherIsAnsweredAsync();
        await before.NothingLeakedAsync();
        Assert.False(File.Exists(InHome("never")));
    }

    private string InHome(string path) => Path.Join(fixture.Daemon.Home, path);

    private Task<JsonNode> ReadAsync(string path, JsonObject? members = null)
    {
        var message = members ?? [];
        message["path"] = path;
        return Hub.CallAsync(NodeHub.Main, "read_file_from_project", message);
    }

    /// <summary>The request and its blob as one piece, as hubs send them.</summary>
    private async Task<JsonNode> WriteAsync(string path, byte[] content)
    {
        var uuid = Guid.NewGuid().ToString();
        await Hub.StepAsync(NodeHub.Main, new JsonObject { ["do"] = "cork" });
        var id = await Hub.RequestAsync(NodeHub.Main, "write_file_to_project", new JsonObject { ["path"] = path, ["data_uuid"] = uuid });
        await Hub.SendBlobAsync(NodeHub.Main, uuid, content);
        await Hub.StepAsync(NodeHub.Main, new JsonObject { ["do"] = "uncork" });
        return await Hub.AnswerAsync(NodeHub.Main, id, "the answer to the write");
    }

    private static void AssertError(string text, JsonNode answer, bool exactly = true)
    {
        Assert.Equal("error", (string?)answer["event"]);
        Assert.StartsWith(text, (string?)answer["error"], StringComparison.Ordinal);
        Assert.True(!exactly || text == (string?)answer["error"], (string?)answer["error"]);
    }

    private static async Task RunAsync(string folder, string program, params string[] arguments)
    {
        using var child = ChildProcess.Start(new SpawnOptions
        {
            Program = program,
            Arguments = [.. arguments],
            WorkingDirectory = folder,
            Environment = ImmutableDictionary<string, string>.Empty.Add("PATH", Environment.GetEnvironmentVariable("PATH")!),
            StandardOutput = ChildStream.Null,
            StandardError = ChildStream.Null,
        });
        Assert.Equal(0, (await child.Exited.Within()).Code);
    }
}
