using Microsoft.Extensions.DependencyInjection;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Deleting (spec 09 §5.1).</summary>
public sealed class DeleteTests
{
    [Fact]
    public async Task Delete_RemovesFilesFoldersAndCompanionsOnly()
    {
        await using var project = await FilesProject.Start();
        project.Put("sub/q.md");
        project.Put("sub/.q.md.time-travel");
        project.Put("sub/.q.md.syncdb");
        project.Put("sub/.q.md.other");
        project.Put("folder/a/b/c");
        project.Put("folder/.hidden");
        project.Put(".folder.sage-chat");
        project.Put("*");
        project.Put("a b");
        await project.Files.Delete(["sub/q.md", project.At("folder/"), "missing", "missing/too", "*"], FilesProject.Caller);
        Assert.Equal(["a b", "sub", "sub/.q.md.other"], project.Tree());
    }

    [Fact]
    public async Task TooManyPaths_AreRefusedAndNothingIsChanged()
    {
        await using var project = await FilesProject.Start(configure: services => services.Configure<FilesOptions>(options => options.MaxPaths = 2));
        project.Put("a");
        project.PutFolder("d");
        string[] expected = ["a", "d"];
        foreach (var call in (Func<Task>[])
        [
            () => project.Files.Delete(["a", "b", "c"], FilesProject.Caller),
            () => project.Files.Move(["a", "b", "c"], "d", FilesProject.Caller),
            () => project.Files.CanonicalPaths(["a", "b", "c"], FilesProject.Caller),
        ])
        {
            Assert.Equal("too many paths: 3, at most 2 are allowed", (await Assert.ThrowsAsync<RequestException>(call)).Message);
        }

        Assert.Equal(expected, project.Tree());
        await project.Files.Delete(["a", "d"], FilesProject.Caller);
        Assert.Empty(project.Tree());
    }

    [Fact]
    public async Task Delete_OfLinks_LeavesTheirTargets()
    {
        await using var project = await FilesProject.Start();
        project.Put("d/x");
        project.PutLink("link", "d");
        project.PutLink("folder/inner", "../d");
        project.PutLink("loop", "loop");
        await project.Files.Delete(["link/", "folder", "loop"], FilesProject.Caller);
        Assert.Equal(["d", "d/x"], project.Tree());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("HOME")]
    [InlineData("HOME/")]
    [InlineData("HOME/d/..")]
    [InlineData("HOME/..")]
    [InlineData(".smc")]
    [InlineData("d/../.smc/")]
    [InlineData("way-to-home/user")]
    public async Task Delete_OfHomeOrData_IsRefusedBeforeAnythingIsGone(string path)
    {
        await using var project = await FilesProject.Start();
        project.Put("keep");
        project.Put(".smc/secret");
        project.PutLink("way-to-home", "..");
        var given = path.Replace("HOME", project.Home, StringComparison.Ordinal);
        var exception = await Assert.ThrowsAsync<RequestException>(() => project.Files.Delete(["keep", given], FilesProject.Caller));
        Assert.Equal($"refusing to delete '{given}'", exception.Message);
        Assert.Equal(["keep", ".smc/secret"], new[] { "keep", ".smc/secret" }.Where(name => File.Exists(project.At(name))));
    }

    [Fact]
    public async Task Delete_OfAFileWhoseCompanionIsHome_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var home = folder.File(".q.syncdb");
        await using var project = await FilesProject.Start(home);
        project.Put("keep");
        await File.WriteAllTextAsync(folder.File("q"), "x");
        var exception = await Assert.ThrowsAsync<RequestException>(() => project.Files.Delete(["../q"], FilesProject.Caller));
        Assert.Equal($"refusing to delete '{home}'", exception.Message);
        Assert.True(File.Exists(folder.File("q")));
        Assert.Equal(["keep"], project.Tree());
    }

    [Fact]
    public async Task Delete_OfALinkToHome_RemovesTheLink()
    {
        await using var project = await FilesProject.Start();
        project.Put("keep");
        project.PutLink("home", ".");
        await project.Files.Delete(["home"], FilesProject.Caller);
        Assert.Equal(["keep"], project.Tree());
    }

    [Fact]
    public async Task Delete_OfNamesThatAreNotUtf8AndOfDeepFolders_RemovesThem()
    {
        await using var project = await FilesProject.Start();
        await HelperProcess.Shell($"cd '{project.PutFolder("x")}' && mkdir $'d\\xff' && touch $'d\\xff/\\xfe' $'new\\nline'");
        // Deeper than a path can be long.
        await HelperProcess.Shell(
            $"cd '{project.PutFolder("deep")}' && for i in $(seq 60); do n=$(printf '%0200d' $i); mkdir $n && cd -P $n || exit 1; touch f; done");
        await project.Files.Delete(["x", "deep"], FilesProject.Caller).Within();
        Assert.Empty(project.Tree());
    }

    [Fact]
    public async Task Delete_OfANameTooLongForCompanions_RemovesTheFile()
    {
        await using var project = await FilesProject.Start();
        var name = new string('x', 255);
        project.Put(name);
        await project.Files.Delete([name], FilesProject.Caller);
        Assert.Empty(project.Tree());
    }

    [Fact]
    public async Task Delete_OfAWideFolder_IsNotQuadratic()
    {
        await using var project = await FilesProject.Start();
        await HelperProcess.Shell(
            $"cd '{project.PutFolder("wide")}' && seq 20000 | xargs touch"
            + " && seq -f 'd%g' 3000 | xargs mkdir && for i in $(seq 3000); do : > d$i/f; done");
        await project.Files.Delete(["wide"], FilesProject.Caller).Within();
        Assert.Empty(project.Tree());
    }

    [MountFact]
    public async Task Delete_WithoutRights_TellsWhatFailed()
    {
        await using var project = await FilesProject.Start();
        project.Put("owned/x");
        await HelperProcess.Shell($"chmod -R a+rX '{project.Home}/../..' && chown 65534 '{project.Home}'");
        Assert.Equal(
            $"EACCES: permission denied, unlink '{project.At("owned/x")}'", await HelperProcess.Run(project.Home, asNobody: true, "delete", "owned"));
        await HelperProcess.Shell($"chmod 700 '{project.At("owned")}'");
        Assert.Equal(
            $"EACCES: permission denied, scandir '{project.At("owned")}'", await HelperProcess.Run(project.Home, asNobody: true, "delete", "owned"));
    }

    [MountFact]
    public async Task Delete_OfABusyFolder_FailsAfterRetries()
    {
        await using var project = await FilesProject.Start();
        await using var mount = await Mount.Tmpfs(project.PutFolder("mounted"), "1m");
        var exception = await Assert.ThrowsAsync<PosixException>(() => project.Files.Delete(["mounted"], FilesProject.Caller));
        Assert.Equal($"EBUSY: resource busy or locked, rmdir '{project.At("mounted")}'", exception.Message);
    }

    [MountFact]
    public async Task Delete_OfABusyFolder_IsTriedAgain()
    {
        await using var project = await FilesProject.Start();
        await Mount.Tmpfs(project.PutFolder("mounted"), "1m");
        var delete = project.Files.Delete(["mounted"], FilesProject.Caller);
        await HelperProcess.Shell($"umount '{project.At("mounted")}'");
        await delete.Within();
        Assert.Empty(project.Tree());
    }
}
