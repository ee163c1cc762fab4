using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Text files and new files (spec 02 §6, spec 09 §7).</summary>
public sealed class TextTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(20, 65_536)]
    [InlineData(700, 1_000)]
    public async Task WriteText_InManyPieces_WritesAllInOrder(int count, int bytes)
    {
        await using var project = await FilesProject.Start();
        var pieces = Enumerable.Range(0, count).Select(i => (ReadOnlyMemory<byte>)Enumerable.Repeat((byte)('a' + (i % 26)), bytes).ToArray()).ToArray();

        await project.Files.WriteText("f", new Utf8Text { Pieces = [.. pieces, default, "end"u8.ToArray()] }, "writer", default).Within();

        var expected = pieces.SelectMany(piece => piece.ToArray()).Concat(Encoding.UTF8.GetBytes("end"));
        Assert.Equal(expected, (await project.Files.ReadText("f", "reader").Within()).ToArray());
    }

    [Fact]
    public async Task ReadText_DecodesWithReplacementsAndKeepsTheByteOrderMark()
    {
        await using var project = await FilesProject.Start();
        await File.WriteAllBytesAsync(project.At("f"), [0xEF, 0xBB, 0xBF, (byte)'a', 0xFF, 0xE2, 0x82, (byte)'b', 0xC3, 0xA9]);
        Assert.Equal("\uFEFFa\uFFFD\uFFFDbé", await project.ReadText("f", FilesProject.Caller));
        Assert.Equal("\uFEFFa\uFFFD\uFFFDbé", await project.ReadText(project.At("f"), FilesProject.Caller));
        project.Put("empty");
        Assert.Equal("", await project.ReadText("empty", FilesProject.Caller));
        Assert.StartsWith("Linux", await project.ReadText("/proc/version", FilesProject.Caller), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nope.txt", "ENOENT: no such file or directory, open 'nope.txt'")]
    [InlineData("", "ENOENT: no such file or directory, open ''")]
    [InlineData("dir1", "EISDIR: illegal operation on a directory, read")]
    [InlineData("f/x", "ENOTDIR: not a directory, open 'f/x'")]
    [InlineData("f/", "ENOTDIR: not a directory, open 'f/'")]
    [InlineData("loop", "ELOOP: too many symbolic links encountered, open 'loop'")]
    [InlineData("~/f", "ENOENT: no such file or directory, open '~/f'")]
    [InlineData("new\nline", "ENOENT: no such file or directory, open 'new\nline'")]
    [InlineData("a\0b", "paths must not contain null bytes")]
    [InlineData("fifo", "'fifo' is not a regular file")]
    [InlineData("socket", "'socket' is not a regular file")]
    [InlineData("/dev/zero", "'/dev/zero' is not a regular file")]
    [InlineData("big", "Attempt to open large file of size 11MB; the maximum allowed size is 10MB. Use vim, emacs, or pico from a terminal instead.")]
    public async Task ReadText_ThatFails_SaysWhy(string path, string message)
    {
        await using var project = await FilesProject.Start();
        await Furnish(project);
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(project.At("socket")));
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => project.ReadText(path, FilesProject.Caller).Within());
        Assert.Equal(message, exception.Message);
    }

    [Fact]
    public async Task ReadText_OfALongPath_SaysNameTooLong()
    {
        await using var project = await FilesProject.Start();
        var path = new string('x', 5_000);
        var exception = await Assert.ThrowsAsync<PosixException>(() => project.ReadText(path, FilesProject.Caller));
        Assert.Equal($"ENAMETOOLONG: name too long, open '{path}'", exception.Message);
    }

    [Fact]
    public async Task ReadText_LimitIsAnOption()
    {
        await using var project = await FilesProject.Start(configure: services => services.Configure<FilesOptions>(options => options.MaxTextSizeBytes = 5));
        project.Put("five", "12345");
        project.Put("six", "123456");
        Assert.Equal("12345", await project.ReadText("five", FilesProject.Caller));
        await Assert.ThrowsAsync<RequestException>(() => project.ReadText("six", FilesProject.Caller));
    }

    [Fact]
    public async Task ReadText_WhileTheFileIsReplacedAgainAndAgain_SeesOneOrTheOther()
    {
        await using var project = await FilesProject.Start();
        string[] contents = [new('a', 200_000), new('b', 300_000)];
        await project.WriteText("f", contents[0]);
        using var end = new CancellationTokenSource();
        var write = Task.Run(async () =>
        {
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                await project.Files.WriteText("f", contents[i % 2], "writer", default);
            }
        });
        for (var i = 0; i < 100; i++)
        {
            Assert.Contains(await project.ReadText("f", "reader"), contents);
        }

        await end.CancelAsync();
        await write.Within();
    }

    [Fact]
    public async Task WriteText_MakesParentsForTheOwnerOnly()
    {
        await using var project = await FilesProject.Start();
        await project.WriteText("new/sub/a.txt", "héllo \uD800");
        Assert.Equal("héllo \uFFFD", project.Read("new/sub/a.txt"));
        Assert.Equal(Convert.ToInt32("700", 8), (int)File.GetUnixFileMode(project.At("new")));
        Assert.Equal(Convert.ToInt32("700", 8), (int)File.GetUnixFileMode(project.At("new/sub")));
        var withheld = 0x1B6 & ~(int)File.GetUnixFileMode(project.At("new/sub/a.txt"));
        Assert.Equal(await HelperProcess.Shell("umask"), Convert.ToString(withheld, 8).PadLeft(4, '0') + "\n");
    }

    [Theory]
    [InlineData("dir1", "EISDIR: illegal operation on a directory, open 'dir1'")]
    [InlineData("f/x", "ENOTDIR: not a directory, open 'f/x'")]
    [InlineData("f/x/y", "ENOTDIR: not a directory, mkdir 'HOME/f/x'")]
    [InlineData("loop", "ELOOP: too many symbolic links encountered, open 'loop'")]
    [InlineData("new/", "EISDIR: illegal operation on a directory, open 'new/'")]
    [InlineData("", "ENOENT: no such file or directory, open ''")]
    [InlineData("a\0b", "paths must not contain null bytes")]
    [InlineData("fifo", "'fifo' is not a regular file")]
    public async Task WriteText_ThatFails_SaysWhyAndLeavesNothing(string path, string message)
    {
        await using var project = await FilesProject.Start();
        await Furnish(project);
        var before = project.Tree();
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => project.WriteText(path, "x").Within());
        Assert.Equal(message.Replace("HOME", project.Home, StringComparison.Ordinal), exception.Message);
        Assert.Equal(before, project.Tree());
    }

    [Fact]
    public async Task WriteText_InParallelToOneFile_LastOneWins()
    {
        await using var project = await FilesProject.Start();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => project.WriteText("f", $"{i}"))).Within();
        Assert.Equal("199", project.Read("f"));
        Assert.Equal(["f"], project.Tree());
        Assert.Empty(project.Records());
    }

    [Fact]
    public async Task NewFile_TakesTheUsersTemplateThenOursThenNone()
    {
        await using var project = await FilesProject.Start();
        project.Put("templates/linux/default.md", "mine");
        project.Put("templates/linux/default.", "plain");
        project.Put("exists.md", "old");
        foreach (var path in (string[])["a/b.md", "c.tex", "d.rnw", "d.rtex", "d.sagews", "e.txt", "F.MD", "noext", "exists.md", ""])
        {
            await project.Files.NewFile(path, FilesProject.Caller, default);
        }

        Assert.Equal("mine", project.Read("a/b.md"));
        Assert.Equal("plain", project.Read("noext"));
        Assert.Equal("old", project.Read("exists.md"));
        Assert.Equal("", project.Read("e.txt"));
        Assert.Equal("", project.Read("F.MD"));
        Assert.Contains("\\documentclass", project.Read("c.tex"), StringComparison.Ordinal);
        Assert.All((string[])["d.rnw", "d.rtex", "d.sagews"], name => Assert.NotEmpty(project.Read(name)));
    }

    [Fact]
    public async Task NewFile_ManyTimesAtOnce_NeverOverwrites()
    {
        await using var project = await FilesProject.Start();
        var all = Enumerable.Range(0, 20).Select(_ => project.Files.NewFile("f.tex", FilesProject.Caller, default)).ToList();
        await Task.WhenAll(all).Within();
        await project.WriteText("f.tex", "mine");
        await project.Files.NewFile("f.tex", FilesProject.Caller, default);
        Assert.Equal("mine", project.Read("f.tex"));
    }

    private static async Task Furnish(FilesProject project)
    {
        project.PutFolder("dir1");
        project.Put("f", "f");
        project.PutLink("loop", "loop");
        await HelperProcess.Shell($"cd '{project.Home}' && mkfifo fifo && truncate -s 11000000 big");
    }
}
