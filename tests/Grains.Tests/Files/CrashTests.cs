using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Saves that are killed: after the next start there is the old content or the new, and nothing else.</summary>
public sealed class CrashTests
{
    private const int Size = 3_000_000;

    /// <summary><c>PROJECTSILO_LONG</c>: as many as it takes to be sure.</summary>
    private static readonly int Rounds = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PROJECTSILO_LONG")) ? 5 : 200;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_InTheMiddleOfSaves_LeavesTheOldOrTheNewContent(bool inPlace)
    {
        using var folder = new TemporaryFolder();
        var home = folder.File("home");
        Directory.CreateDirectory(home);
        var file = Path.Combine(home, "f");
        await File.WriteAllTextAsync(file, new string('a', Size));
        if (inPlace)
        {
            await HelperProcess.Shell($"ln '{file}' '{file}2'");
        }

        for (var round = 0; round < Rounds; round++)
        {
            using (var child = HelperProcess.Start(home, asNobody: false, "save-forever", "f", $"{Size}"))
            {
                Assert.Equal("saving", await HelperProcess.ReadLine(child.StandardOutput!));
                await Task.Delay(RandomNumberGenerator.GetInt32(100));
                child.Kill(9);
                await child.Exited.Within();
            }

            await using var project = await FilesProject.Start(home);
            var content = await File.ReadAllTextAsync(file);
            Assert.True(content.Length is >= Size and < Size + 7, $"round {round}: {content.Length} characters");
            Assert.Single(content.Distinct());
            Assert.Equal(inPlace ? ["f", "f2"] : (string[])["f"], project.Tree());
            Assert.Empty(project.Records());
        }
    }

    [Fact]
    public async Task Start_AfterACrashWhileWritingInPlace_BringsTheOldContentBack()
    {
        using var folder = new TemporaryFolder();
        var home = folder.File("home");
        var saves = Directory.CreateDirectory(Path.Combine(home, ".smc/unfinished-saves")).FullName;
        foreach (var name in (string[])["same", "replaced", "short"])
        {
            await File.WriteAllTextAsync(Path.Combine(home, name), "new content, half of it");
        }

        await File.WriteAllBytesAsync(Path.Combine(saves, "run-1.old"), await Record(Path.Combine(home, "same"), "old content", inodeOffset: 0));
        await File.WriteAllBytesAsync(Path.Combine(saves, "run-2.old"), await Record(Path.Combine(home, "replaced"), "old content", inodeOffset: 1));
        await File.WriteAllBytesAsync(
            Path.Combine(saves, "run-3.old"), (await Record(Path.Combine(home, "short"), "old content", inodeOffset: 0))[..^1]);
        await using var project = await FilesProject.Start(home);
        Assert.Equal("old content", project.Read("same"));
        Assert.Equal("new content, half of it", project.Read("replaced"));
        Assert.Equal("new content, half of it", project.Read("short"));
        Assert.Empty(project.Records());
    }

    [Fact]
    public async Task Start_AfterACrash_RemovesOnlyItsOwnTemporaryFiles()
    {
        using var folder = new TemporaryFolder();
        var home = folder.File("home");
        var saves = Directory.CreateDirectory(Path.Combine(home, ".smc/unfinished-saves")).FullName;
        var temporary = Path.Combine(home, ".projectsilo-save-0123456789abcdef");
        var other = Path.Combine(home, "precious");
        await File.WriteAllTextAsync(temporary, "x");
        await File.WriteAllTextAsync(other, "x");
        await File.WriteAllTextAsync(Path.Combine(saves, "run-1.temporary"), temporary);
        await File.WriteAllTextAsync(Path.Combine(saves, "run-2.temporary"), other);
        await File.WriteAllTextAsync(Path.Combine(saves, "run-3.temporary"), Path.Combine(home, ".projectsilo-save-gone"));
        await File.WriteAllTextAsync(Path.Combine(saves, "run-4.partial"), "half");
        await File.WriteAllTextAsync(Path.Combine(saves, "run-5.old"), "nonsense");
        await using var project = await FilesProject.Start(home);
        Assert.Equal(["precious"], project.Tree());
        Assert.Empty(project.Records());
    }

    /// <summary>Old content as it is kept: inode, size, length of the path, path, content.</summary>
    private static async Task<byte[]> Record(string path, string content, int inodeOffset)
    {
        var inode = ulong.Parse(await HelperProcess.Shell($"stat -c %i '{path}'"), CultureInfo.InvariantCulture) + (ulong)inodeOffset;
        return
        [
            .. BitConverter.GetBytes(inode), .. BitConverter.GetBytes((long)content.Length), .. BitConverter.GetBytes(path.Length),
            .. Encoding.UTF8.GetBytes(path), .. Encoding.UTF8.GetBytes(content),
        ];
    }
}
