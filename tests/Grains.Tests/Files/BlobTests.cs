using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Files and folders as blobs (spec 02 §6).</summary>
public sealed class BlobTests
{
    [Fact]
    public async Task WriteAndRead_KeepAllBytes()
    {
        await using var project = await FilesProject.Start();
        var bytes = Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7)).ToArray();
        await project.Files.WriteBlob("new/sub/f.bin", bytes, FilesProject.Caller, default);
        var blob = await project.Files.ReadBlob("new/sub/f.bin", "tar.bz2", FilesProject.Caller, default);
        Assert.Equal(bytes, blob.Content.ToArray());
        Assert.Null(blob.Archive);
        await project.Files.WriteBlob(project.At("empty"), default, FilesProject.Caller, default);
        Assert.Equal(0, (await project.Files.ReadBlob("empty", null, FilesProject.Caller, default)).Content.Length);
    }

    [Theory]
    [InlineData("dir1/", "tar.bz2")]
    [InlineData("dir1", null)]
    public async Task ReadBlob_OfAFolder_IsAnArchiveWithItsName(string path, string? archive)
    {
        await using var project = await FilesProject.Start();
        project.Put("dir1/x.txt", "x\n");
        project.Put("dir1/.sage/cache");
        project.Put("dir1/.node-gyp/x");
        project.Put("dir1/.hidden", "h");
        Assert.Equal("dir1/\ndir1/.hidden\ndir1/x.txt\n", await Contents(project, path, archive));
        Assert.Equal(["dir1", "dir1/.hidden", "dir1/.node-gyp", "dir1/.node-gyp/x", "dir1/.sage", "dir1/.sage/cache", "dir1/x.txt", "out"], project.Tree());
    }

    [Theory]
    [InlineData("-rf")]
    [InlineData("--help")]
    [InlineData("new\nline")]
    [InlineData("*")]
    public async Task ReadBlob_OfAFolderWithAStrangeName_IsItsArchive(string name)
    {
        await using var project = await FilesProject.Start();
        project.Put(name + "/x");
        project.PutFolder("other");
        var shown = name.Replace("\n", "\\n", StringComparison.Ordinal);
        Assert.Equal($"{shown}/\n{shown}/x\n", await Contents(project, name, null));
    }

    [Theory]
    [InlineData("nope.txt", null, "ENOENT: no such file or directory, stat 'HOME/nope.txt'")]
    [InlineData("f/x", null, "ENOTDIR: not a directory, stat 'HOME/f/x'")]
    [InlineData("dir1", "zip", "The only supported directory archive format is tar.bz2")]
    [InlineData("big", null, "Attempt to open large file of size 11MB; the maximum allowed size is 10MB. Use vim, emacs, or pico from a terminal instead.")]
    [InlineData("/dev/zero", null, "'/dev/zero' is not a regular file")]
    public async Task ReadBlob_ThatFails_SaysWhy(string path, string? archive, string message)
    {
        await using var project = await FilesProject.Start();
        project.PutFolder("dir1");
        project.Put("f");
        await HelperProcess.Shell($"truncate -s 11000000 '{project.At("big")}'");
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => project.Files.ReadBlob(path, archive, FilesProject.Caller, default).Within());
        Assert.Equal(message.Replace("HOME", project.Home, StringComparison.Ordinal), exception.Message);
    }

    [Fact]
    public async Task ReadBlob_OfAFolderWhoseArchiveIsTooLarge_IsRefused()
    {
        await using var project = await FilesProject.Start(configure: services => services.Configure<FilesOptions>(options => options.MaxBlobSizeBytes = 100_000));
        project.PutFolder("dir1");
        await HelperProcess.Shell($"head -c 3000000 /dev/urandom > '{project.At("dir1/random")}'");
        var exception = await Assert.ThrowsAsync<RequestException>(() => project.Files.ReadBlob("dir1", null, FilesProject.Caller, default).Within());
        Assert.StartsWith("Attempt to open large file of size 0MB", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadBlob_OfAFolderThatTakesTooLong_Fails()
    {
        await using var project = await FilesProject.Start(
            configure: services => services.Configure<FilesOptions>(options => options.ArchiveTimeout = TimeSpan.FromMilliseconds(200)));
        await HelperProcess.Shell($"mkdir '{project.At("dir1")}' && head -c 100000000 /dev/urandom > '{project.At("dir1/random")}'");
        var exception = await Assert.ThrowsAsync<RequestException>(() => project.Files.ReadBlob("dir1", null, FilesProject.Caller, default).Within());
        Assert.Equal($"unable to archive '{project.At("dir1")}' -- it takes longer than 0.2 s", exception.Message);
    }

    [Fact]
    public async Task CallerSlots_AreSharedByCallersAndFewWait()
    {
        var slots = new CallerSlots(maxRunning: 3, maxPerCaller: 2, maxWaiting: 2, "too many wait");
        await slots.Acquire("a", default).Within();
        await slots.Acquire("a", default).Within();
        var third = slots.Acquire("a", default);
        await slots.Acquire("b", default).Within();
        using var cancel = new CancellationTokenSource();
        var fourth = slots.Acquire("b", cancel.Token);
        await Assert.ThrowsAsync<RequestException>(() => slots.Acquire("c", default));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fourth.Within());
        slots.Release("b");
        Assert.False(third.IsCompleted);
        slots.Release("a");
        await third.Within();
        await slots.Acquire("c", default).Within();
    }

    [Fact]
    public async Task ReadBlob_Cancelled_EndsTar()
    {
        await using var project = await FilesProject.Start();
        await HelperProcess.Shell($"mkdir '{project.At("dir1")}' && head -c 100000000 /dev/urandom > '{project.At("dir1/random")}'");
        using var cancel = new CancellationTokenSource();
        var read = project.Files.ReadBlob("dir1", null, FilesProject.Caller, cancel.Token);
        cancel.CancelAfter(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.Within());
    }

    [Theory]
    [InlineData("dir1", "EISDIR: illegal operation on a directory, open 'HOME/dir1'")]
    [InlineData("", "EISDIR: illegal operation on a directory, open 'HOME'")]
    [InlineData("f/x/y", "ENOTDIR: not a directory, mkdir 'HOME/f/x'")]
    public async Task WriteBlob_ThatFails_ShowsTheAbsolutePath(string path, string message)
    {
        await using var project = await FilesProject.Start();
        project.PutFolder("dir1");
        project.Put("f");
        var exception = await Assert.ThrowsAsync<PosixException>(() => project.Files.WriteBlob(path, Encoding.UTF8.GetBytes("x"), FilesProject.Caller, default));
        Assert.Equal(message.Replace("HOME", project.Home, StringComparison.Ordinal), exception.Message);
    }

    /// <summary>The names in the archive, sorted.</summary>
    private static async Task<string> Contents(FilesProject project, string path, string? archive)
    {
        var blob = await project.Files.ReadBlob(path, archive, FilesProject.Caller, default);
        Assert.Equal("tar.bz2", blob.Archive);
        await File.WriteAllBytesAsync(project.At("out"), blob.Content.ToArray());
        return await HelperProcess.Shell($"tar tjf '{project.At("out")}' | sort");
    }
}
