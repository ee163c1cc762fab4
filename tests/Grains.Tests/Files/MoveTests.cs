using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Moving and renaming beyond the captured cases (spec 09 §5.2, §5.3).</summary>
public sealed class MoveTests
{
    [Fact]
    public async Task Move_TakesCompanionsOfFilesAlong()
    {
        await using var project = await FilesProject.Start();
        project.Put("sub/q.md", "q");
        project.Put("sub/.q.md.time-travel", "t");
        project.Put("sub/.q.md.syncdb", "stays");
        project.Put("folder/x");
        project.Put(".folder.time-travel");
        await project.Files.Move(["sub/q.md", "folder/"], "new/dest", FilesProject.Caller);
        Assert.Equal(
            [
                ".folder.time-travel", "new", "new/dest", "new/dest/.q.md.time-travel", "new/dest/folder", "new/dest/folder/x", "new/dest/q.md",
                "sub", "sub/.q.md.syncdb",
            ],
            project.Tree());
        Assert.Equal("q", project.Read("new/dest/q.md"));
    }

    [Theory]
    [InlineData("q.md,.q.md.time-travel,q.md")]
    [InlineData(".q.md.time-travel,q.md")]
    public async Task Move_OfASelectionWithItsCompanions_MovesEachOnce(string paths)
    {
        await using var project = await FilesProject.Start();
        project.Put("q.md");
        project.Put(".q.md.time-travel");
        await project.Files.Move([.. paths.Split(',')], "d", FilesProject.Caller);
        Assert.Equal(["d", "d/.q.md.time-travel", "d/q.md"], project.Tree());
    }

    [Fact]
    public async Task RemoveSources_LeavesWhatChangedSinceItWasCopied()
    {
        await using var project = await FilesProject.Start();
        string[] paths = [project.PutFolder("t"), project.Put("t/same", "x"), project.Put("t/changed", "x"), project.Put("t/replaced", "x")];
        var copied = new CopiedSources();
        foreach (var path in paths)
        {
            copied.Add(path, FileStatus.Read(path, follow: false));
        }

        project.Put("t/changed", "longer");
        await HelperProcess.Shell($"cd '{project.At("t")}' && cp -p replaced r && mv r replaced && echo > new");
        var exception = Assert.Throws<RequestException>(copied.RemoveSources);
        Assert.StartsWith($"'{project.At("t/replaced")}' changed while it was moved", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["t", "t/changed", "t/new", "t/replaced"], project.Tree());
    }

    [Fact]
    public async Task Rename_RenamesCompanionsToo()
    {
        await using var project = await FilesProject.Start();
        project.Put("a.md");
        project.Put(".a.md.sage-chat");
        await project.Files.Rename("a.md", "n/b.md", FilesProject.Caller);
        Assert.Equal(["n", "n/.b.md.sage-chat", "n/b.md"], project.Tree());
    }

    [Theory]
    [InlineData("first,c1", "dest already exists.")]
    [InlineData("first,c2", "dest already exists.")]
    [InlineData("first,other/first", "dest already exists.")]
    [InlineData("first,nope", "ENOENT: no such file or directory, lstat 'HOME/nope'")]
    [InlineData("first,folder", "Cannot overwrite non-directory 'HOME/dest/folder' with directory 'HOME/folder'.")]
    [InlineData("first,dest", "Cannot move 'HOME/dest' to a subdirectory of itself, 'HOME/dest/dest'.")]
    [InlineData("first,way", "Cannot overwrite directory 'HOME/dest/way' with non-directory 'HOME/way'.")]
    [InlineData("first,.smc", "refusing to move 'HOME/.smc'")]
    public async Task Move_ThatCollides_ChangesNothing(string paths, string message)
    {
        await using var project = await FilesProject.Start();
        string[] files =
            ["first", "other/first", "c1", "c2", ".c2.time-travel", "folder/x", "way", "dest/c1", "dest/.c2.time-travel", "dest/folder", "dest/way/x"];
        foreach (var name in files)
        {
            project.Put(name);
        }

        project.PutFolder(".smc");
        var before = project.Tree();
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => project.Files.Move([.. paths.Split(',')], "dest", FilesProject.Caller));
        Assert.Equal(message.Replace("HOME", project.Home, StringComparison.Ordinal), exception.Message);
        Assert.Equal(before, project.Tree());
    }

    [Fact]
    public async Task Move_OfAFolderIntoItselfThroughALink_IsRefused()
    {
        await using var project = await FilesProject.Start();
        project.Put("d/inner/x");
        project.PutLink("link", "d/inner");
        var exception = await Assert.ThrowsAsync<RequestException>(() => project.Files.Move(["d"], "link/new", FilesProject.Caller));
        Assert.Equal($"Cannot move '{project.At("d")}' to a subdirectory of itself, '{project.At("link/new/d")}'.", exception.Message);
    }

    [Fact]
    public async Task Move_OfALink_MovesTheLink()
    {
        await using var project = await FilesProject.Start();
        project.PutLink("broken", "nowhere");
        await project.Files.Move(["broken"], "d", FilesProject.Caller);
        Assert.Equal("nowhere", new FileInfo(project.At("d/broken")).LinkTarget);
    }

    [MountFact]
    public async Task Move_ToAnotherFileSystem_KeepsTimesModesAndLinks()
    {
        await using var project = await FilesProject.Start();
        await using var mount = await Mount.Tmpfs(project.PutFolder("mounted"), "4m");
        const string Describe = "find t | sort | xargs -d '\\n' stat -c '%n %a %u %g %y %F'";
        await HelperProcess.Shell(
            $"cd '{project.Home}' && mkdir -p t/empty && echo hello > t/f && ln -s f t/link && mkfifo t/fifo && echo x > $'t/\\xe9'"
            + " && chown 1234:4321 t/f && chmod 4751 t/f && chmod 555 t/empty"
            + $" && touch -h -d '2001-02-03 04:05:06.123456789' t/f t/link t/empty t && {Describe} > before");
        await project.Files.Move(["t"], "mounted", FilesProject.Caller);
        await HelperProcess.Shell($"cd '{project.At("mounted")}' && {Describe} > ../after && cmp ../before ../after && test ! -e ../t");
        Assert.Equal("hello\n", project.Read("mounted/t/f"));
    }

    [MountFact]
    public async Task Move_ToAFullFileSystem_LeavesTheSource()
    {
        await using var project = await FilesProject.Start();
        await using var mount = await Mount.Tmpfs(project.PutFolder("mounted"), "1m");
        project.Put("t/a", new string('x', 900_000));
        project.Put("t/b", new string('x', 900_000));
        var exception = await Assert.ThrowsAsync<PosixException>(() => project.Files.Move(["t"], "mounted", FilesProject.Caller));
        Assert.Equal("ENOSPC: no space left on device, write", exception.Message);
        Assert.Equal(["mounted", "t", "t/a", "t/b"], project.Tree());
    }
}
