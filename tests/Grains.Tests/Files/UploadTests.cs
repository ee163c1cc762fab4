using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Uploads (spec 06 §7.2).</summary>
public sealed class UploadTests
{
    private const string Id = "a0B1c2D3e4";

    [Fact]
    public async Task Commit_PutsAllBytesInPlace_AndMakesParents()
    {
        await using var project = await FilesProject.Start();
        var upload = await Start(project, "new/sub/f");
        await upload.Append(["one "u8.ToArray()]);
        Assert.Equal(["new", "new/sub", "new/sub/f.partialupload-" + Id], project.Tree());
        await upload.Append(["two"u8.ToArray()]);
        Assert.Equal(7, await upload.Commit(default));
        Assert.Equal("one two", project.Read("new/sub/f"));
        Assert.Equal(["new", "new/sub", "new/sub/f"], project.Tree());
        Assert.Equal("700\n", await HelperProcess.Shell($"stat -c %a '{project.At("new/sub")}'"));
        Assert.False(BlockTests.IsOpen(project.Home));
        await Assert.ThrowsAsync<RequestException>(() => upload.Append(["x"u8.ToArray()]));
    }

    [Fact]
    public async Task Commit_KeepsModeOwnerAndLinks()
    {
        await using var project = await FilesProject.Start();
        var file = project.Put("d/f", "old");
        project.PutLink("link", "d/f");
        await HelperProcess.Shell($"chmod 4751 '{file}'");
        if (Environment.UserName == "root")
        {
            await HelperProcess.Shell($"chown 1234:4321 '{file}' && chmod 4751 '{file}'");
        }

        var before = await HelperProcess.Shell($"stat -c '%a %u %g' '{file}'");
        var upload = await Start(project, "link");
        await upload.Append(["new"u8.ToArray()]);
        Assert.Equal("old", project.Read("d/f"));
        Assert.Equal("600\n", await HelperProcess.Shell($"stat -c %a '{file}.partialupload-{Id}'"));
        await upload.Commit(default);
        Assert.Equal("new", project.Read("link"));
        Assert.Equal(before, await HelperProcess.Shell($"stat -c '%a %u %g' '{file}'"));
        Assert.Equal(["d", "d/f", "link"], project.Tree());
        Assert.Equal("d/f", new FileInfo(project.At("link")).LinkTarget);
    }

    [Theory]
    [InlineData("longer than before")]
    [InlineData("")]
    public async Task Commit_OverAFileWithHardLinks_ChangesAllNames(string content)
    {
        await using var project = await FilesProject.Start();
        project.Put("f", "old content");
        await HelperProcess.Shell($"ln '{project.At("f")}' '{project.At("g")}'");
        var upload = await Start(project, "f");
        await upload.Append([System.Text.Encoding.UTF8.GetBytes(content)]);
        await upload.Commit(default);
        Assert.Equal((content, content), (project.Read("f"), project.Read("g")));
        Assert.Equal(["f", "g"], project.Tree());
        Assert.Empty(project.Records());
    }

    [Theory]
    [InlineData("d", "EISDIR: illegal operation on a directory, open 'HOME/d'")]
    [InlineData("f/x", "ENOTDIR: not a directory, open 'HOME/f/x'", "EEXIST: file already exists, mkdir 'HOME/f'")]
    [InlineData("f/x/y", "ENOTDIR: not a directory, mkdir 'HOME/f/x'")]
    [InlineData("/proc/nope/x", "ENOENT: no such file or directory, mkdir '/proc/nope'")]
    [InlineData("pipe", "'HOME/pipe' is not a regular file")]
    [InlineData("/dev/null", "'/dev/null' is not a regular file")]
    public async Task Start_OnWhatCanBeNoFile_SaysWhy(string path, params string[] messages)
    {
        await using var project = await FilesProject.Start();
        project.Put("f", "x");
        project.PutFolder("d");
        await HelperProcess.Shell($"mkfifo '{project.At("pipe")}'");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Start(project, path).Within());
        Assert.True(error is PosixException or RequestException);
        Assert.Contains(error.Message.Replace(project.Home, "HOME", StringComparison.Ordinal), messages);
        Assert.Equal(["d", "f", "pipe"], project.Tree());
    }

    [MountFact]
    public async Task Append_OnAFullDisk_FailsAndLeavesNothing()
    {
        await using var project = await FilesProject.Start();
        await using var mount = await Mount.Tmpfs(project.At("small"), "1m");
        project.Put("small/f", "old");
        var upload = await Start(project, "small/f");
        var error = await Assert.ThrowsAsync<PosixException>(() => upload.Append([new byte[2_000_000]]));
        Assert.Equal("ENOSPC: no space left on device, write", error.Message);
        await upload.Abort();
        Assert.Equal("old", project.Read("small/f"));
        Assert.Equal(["small", "small/f"], project.Tree());
    }

    [Fact]
    public async Task TwoUploads_ToOnePath_DontMix()
    {
        await using var project = await FilesProject.Start();
        var (first, second) = (await Start(project, "f"), await Start(project, "f", "second0000"));
        await first.Append(["first"u8.ToArray()]);
        await second.Append(["second"u8.ToArray()]);
        await first.Append([" more"u8.ToArray()]);
        await first.Commit(default);
        Assert.Equal("first more", project.Read("f"));
        await second.Commit(default);
        Assert.Equal("second", project.Read("f"));
        Assert.Equal(["f"], project.Tree());
    }

    [Fact]
    public async Task Start_RemovesPartialUploadsOlderThanAWeek()
    {
        await using var project = await FilesProject.Start();
        project.Put("d/x.partialupload-0123456789");
        project.Put("d/young.partialupload-0123456789");
        project.Put("d/mine.partialupload-012345678");
        project.Put("d/.partialupload-0123456789");
        project.Put("other/x.partialupload-0123456789");
        await HelperProcess.Shell($"cd '{project.Home}' && touch -d '8 days ago' d/x* d/mine* d/.partial* other/x* && touch -d '6 days ago' d/young*");
        await (await Start(project, "d/f")).Abort();
        Assert.Equal(
            ["d", "d/.partialupload-0123456789", "d/mine.partialupload-012345678", "d/young.partialupload-0123456789", "other", "other/x.partialupload-0123456789"],
            project.Tree());
    }

    [Fact]
    public async Task TheSilosEnd_RemovesThePartialFile()
    {
        using var folder = new TemporaryFolder();
        await using (var project = await FilesProject.Start(folder.Path))
        {
            await (await Start(project, "f")).Append(["x"u8.ToArray()]);
        }

        Assert.False(File.Exists(folder.File("f.partialupload-" + Id)));
    }

    private static async Task<IUploadGrain> Start(FilesProject project, string path, string id = Id)
    {
        var upload = project.Upload(id);
        await upload.Start(path, TimeSpan.FromMinutes(1), FilesProject.Caller);
        return upload;
    }
}
