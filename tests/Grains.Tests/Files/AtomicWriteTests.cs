using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Whole-file writes (architecture decision 8): what a file is stays, and a failed write changes nothing.</summary>
public sealed class AtomicWriteTests
{
    [Fact]
    public async Task Write_KeepsModeOwnerAttributesAndLinks()
    {
        await using var project = await FilesProject.Start();
        var file = project.Put("d/f", "old");
        project.PutLink("link", "d/second");
        project.PutLink("d/second", project.At("d/f"));
        File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32("4751", 8));
        var attributes = await TrySetAttribute(file);
        if (Environment.UserName == "root")
        {
            await HelperProcess.Shell($"chown 1234:4321 '{file}' && chmod 4751 '{file}'");
        }

        var before = await HelperProcess.Shell($"stat -c '%a %u %g' '{file}'");
        await project.WriteText("link", "new");
        Assert.Equal("new", project.Read("d/f"));
        Assert.Equal(before, await HelperProcess.Shell($"stat -c '%a %u %g' '{file}'"));
        Assert.Equal("d/second", new FileInfo(project.At("link")).LinkTarget);
        Assert.Equal(["d", "d/f", "d/second", "link"], project.Tree());
        if (attributes)
        {
            Assert.Contains("user.note=\"kept\"", await HelperProcess.Shell($"getfattr -d '{file}'"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Write_ThroughALinkToAMissingFile_MakesThatFile()
    {
        await using var project = await FilesProject.Start();
        project.PutFolder("d");
        project.PutLink("link", "d/new");
        await project.WriteText("link", "x");
        Assert.Equal("x", project.Read("d/new"));
        Assert.Equal("d/new", new FileInfo(project.At("link")).LinkTarget);
    }

    [Fact]
    public async Task Write_OfANameThatIsNotUtf8_ThroughALink_WritesIt()
    {
        await using var project = await FilesProject.Start();
        await HelperProcess.Shell($"cd '{project.Home}' && printf old > $'caf\\xe9' && ln -s $'caf\\xe9' link");
        await project.WriteText("link", "new");
        Assert.Equal("new", await HelperProcess.Shell($"cd '{project.Home}' && cat $'caf\\xe9'"));
    }

    [Theory]
    [InlineData("longer than before")]
    [InlineData("")]
    public async Task Write_OfAFileWithHardLinks_ChangesAllNames(string content)
    {
        await using var project = await FilesProject.Start();
        project.Put("f", "old content");
        await HelperProcess.Shell($"ln '{project.At("f")}' '{project.At("g")}'");
        await project.WriteText("f", content);
        Assert.Equal((content, content), (project.Read("f"), project.Read("g")));
        Assert.Equal("2\n", await HelperProcess.Shell($"stat -c %h '{project.At("f")}'"));
        Assert.Empty(project.Records());
    }

    [Fact]
    public async Task Write_ToAllHardLinksAtOnce_NeverMixesContents()
    {
        await using var project = await FilesProject.Start();
        project.Put("f", "old content");
        await HelperProcess.Shell($"ln '{project.At("f")}' '{project.At("g")}'");
        string[] contents = [new('a', 300_000), new('b', 500_000)];
        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(project.WriteText("f", contents[0]), project.WriteText("g", contents[1]));
            Assert.Contains(project.Read("f"), contents);
        }
    }

    [MountFact]
    public async Task Write_WithoutUnnamedFiles_IsTheSame()
    {
        await using var project = await FilesProject.Start(configure: services => services.AddSingleton(
            provider => new WholeFileWriter(provider.GetRequiredService<UnfinishedSaves>(), provider.GetRequiredService<IOptions<FilesOptions>>()) { UsesUnnamedFiles = false }));
        await using var mount = await Mount.Tmpfs(project.PutFolder("mounted"), "1m");
        project.Put("mounted/f", "old");
        File.SetUnixFileMode(project.At("mounted/f"), (UnixFileMode)Convert.ToInt32("640", 8));
        await project.WriteText("mounted/f", "new");
        await project.WriteText("mounted/new", "new");
        await project.Files.NewFile("mounted/new.tex", FilesProject.Caller, default);
        await project.Files.NewFile("mounted/f", FilesProject.Caller, default);
        Assert.Equal(("new", "new"), (project.Read("mounted/f"), project.Read("mounted/new")));
        Assert.Equal("640 644 644\n", await HelperProcess.Shell($"umask 022; cd '{project.At("mounted")}'; stat -c %a f new new.tex | xargs"));
        foreach (var name in (string[])["mounted/f", "mounted/another"])
        {
            Assert.Equal(PosixError.ENOSPC, (await Assert.ThrowsAsync<PosixException>(() => project.WriteText(name, new string('x', 2_000_000)))).Errno);
        }

        Assert.Equal("new", project.Read("mounted/f"));
        Assert.Equal(["mounted", "mounted/f", "mounted/new", "mounted/new.tex"], project.Tree());
        Assert.Empty(project.Records());
    }

    [MountFact]
    public async Task Write_OfAFileThatIsAMountPoint_WritesItInPlace()
    {
        await using var project = await FilesProject.Start();
        project.Put("source", "old");
        project.Put("target");
        await using var mount = await Mount.Bind(project.At("source"), project.At("target"));
        await project.WriteText("target", "new");
        Assert.Equal(("new", "new"), (project.Read("source"), project.Read("target")));
        Assert.Equal(["source", "target"], project.Tree());
        Assert.Empty(project.Records());
    }

    [Fact]
    public async Task Write_ToAPipe_IsRefused()
    {
        await using var project = await FilesProject.Start();
        await HelperProcess.Shell($"mkfifo '{project.At("fifo")}'");
        var exception = await Assert.ThrowsAsync<RequestException>(() => project.WriteText("fifo", "x"));
        Assert.Equal("'fifo' is not a regular file", exception.Message);
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/full")]
    public async Task Write_ToADevice_WritesToTheDevice(string path)
    {
        await using var project = await FilesProject.Start();
        var write = project.WriteText(path, "x");
        if (path == "/dev/full")
        {
            Assert.Equal("ENOSPC: no space left on device, write", (await Assert.ThrowsAsync<PosixException>(() => write)).Message);
        }
        else
        {
            await write;
        }

        Assert.Equal("character special file\n", await HelperProcess.Shell($"stat -c %F {path}"));
    }

    [MountFact]
    public async Task Write_ToAFullDisk_KeepsTheOldContent()
    {
        await using var project = await FilesProject.Start();
        await using var mount = await Mount.Tmpfs(project.PutFolder("mounted"), "1m");
        project.Put("mounted/f", "old");
        project.Put("mounted/g", "old");
        await HelperProcess.Shell($"ln '{project.At("mounted/g")}' '{project.At("mounted/h")}'");
        foreach (var name in (string[])["mounted/f", "mounted/g", "mounted/new"])
        {
            var exception = await Assert.ThrowsAsync<PosixException>(() => project.WriteText(name, new string('x', 2_000_000)));
            Assert.Equal("ENOSPC: no space left on device, write", exception.Message);
        }

        Assert.Equal(("old", "old", "old"), (project.Read("mounted/f"), project.Read("mounted/g"), project.Read("mounted/h")));
        Assert.Equal(["mounted", "mounted/f", "mounted/g", "mounted/h"], project.Tree());
        Assert.Empty(project.Records());
    }

    [MountFact]
    public async Task Write_WhenTheDataFolderIsFull_KeepsTheOldContent()
    {
        await using var project = await FilesProject.Start();
        await using var mount = await Mount.Tmpfs(project.PutFolder(".smc"), "1m");
        project.Put("f", new string('o', 2_000_000));
        project.Put("h", "old");
        await HelperProcess.Shell($"ln '{project.At("f")}' '{project.At("g")}' && head -c 2000000 /dev/zero > '{project.At(".smc/full")}' || true");
        Assert.Equal(PosixError.ENOSPC, (await Assert.ThrowsAsync<PosixException>(() => project.WriteText("f", "new"))).Errno);
        Assert.Equal(new string('o', 2_000_000), project.Read("g"));
        // One that needs no old content kept works all the same.
        await project.WriteText("h", "new");
        Assert.Equal("new", project.Read("h"));
    }

    [MountFact]
    public async Task Write_ToAReadOnlyFileSystem_SaysSo()
    {
        await using var project = await FilesProject.Start();
        project.Put("source/f", "old");
        project.PutFolder("mounted");
        await using var mount = await Mount.Bind(project.At("source"), project.At("mounted"), readOnly: true);
        foreach (var name in (string[])["mounted/f", "mounted/new"])
        {
            var exception = await Assert.ThrowsAsync<PosixException>(() => project.WriteText(name, "new"));
            Assert.Equal($"EROFS: read-only file system, open '{name}'", exception.Message);
        }

        Assert.Equal("old", project.Read("source/f"));
    }

    [MountFact]
    public async Task Write_WithoutRights_FailsOrIsDoneInPlace()
    {
        await using var project = await FilesProject.Start();
        project.Put("closed/mine", "old");
        project.Put("closed/protected", "old");
        project.PutFolder(".smc");
        await HelperProcess.Shell(
            $"chmod -R a+rX '{project.Home}/../..' && chmod 755 '{project.At("closed")}'"
            + $" && chown 65534 '{project.Home}' '{project.At(".smc")}' '{project.At("closed/mine")}'");
        Assert.Equal("done", await HelperProcess.Run(project.Home, asNobody: true, "write", "closed/mine", "new"));
        Assert.Equal("new", project.Read("closed/mine"));
        Assert.Equal("65534\n", await HelperProcess.Shell($"stat -c %u '{project.At("closed/mine")}'"));
        Assert.Equal(
            "EACCES: permission denied, open 'closed/protected'", await HelperProcess.Run(project.Home, asNobody: true, "write", "closed/protected", "new"));
        Assert.Equal("EACCES: permission denied, open 'closed/new'", await HelperProcess.Run(project.Home, asNobody: true, "write", "closed/new", "new"));
        Assert.Equal("old", project.Read("closed/protected"));
        Assert.Empty(project.Records());
    }

    [Fact]
    public async Task Write_BeyondTheFileSizeLimit_FailsAndTheProcessLives()
    {
        await using var project = await FilesProject.Start();
        project.Put("f", "old");
        project.Put("g", "old");
        await HelperProcess.Shell($"ln '{project.At("g")}' '{project.At("h")}'");
        foreach (var name in (string[])["f", "g", "new"])
        {
            Assert.Equal("EFBIG: file too large, write", await HelperProcess.Run(project.Home, asNobody: false, "write-limited", name, "2000000"));
        }

        Assert.Equal(("old", "old", "old"), (project.Read("f"), project.Read("g"), project.Read("h")));
        Assert.Equal(["f", "g", "h"], project.Tree());
        Assert.Empty(project.Records());
    }

    private static async Task<bool> TrySetAttribute(string file)
    {
        var result = await HelperProcess.Shell($"setfattr -n user.note -v kept '{file}' && echo set || echo not");
        return result.EndsWith("set\n", StringComparison.Ordinal);
    }
}
