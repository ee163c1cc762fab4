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
            using (var child = HelperProcess.Start(home, "save-forever", "f", $"{Size}"))
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

    [Theory]
    [InlineData("old content", "new text", "old content", "old content")]
    [InlineData("old content", "new text", "new text", "new text")]
    [InlineData("old content", "new text", "new content", "old content")]
    [InlineData("old content", "new text", "new texnt", null)]
    [InlineData("old content", "new text", "new textent", "old content")]
    [InlineData("old content", "new text", "new textENT", null)]
    [InlineData("old", "new, longer", "new, lo\0\0\0\0", "old")]
    [InlineData("old", "new, longer", "old\0\0\0\0", "old")]
    [InlineData("old", "new, longer", "edited", null)]
    [InlineData("", "new", "ne\0", "")]
    [InlineData("old", "", "old", "old")]
    [InlineData("old", "", "mine!", null)]
    public async Task Start_AfterACrashWhileWritingInPlace_UndoesOnlyWhatAnInterruptedWriteLeaves(
        string old, string renewed, string found, string? expected)
    {
        using var folder = new TemporaryFolder();
        var home = folder.File("home");
        var saves = Directory.CreateDirectory(Path.Combine(home, ".smc/unfinished-saves")).FullName;
        var file = Path.Combine(home, "f");
        await File.WriteAllTextAsync(file, found);
        await File.WriteAllBytesAsync(Path.Combine(saves, "run-1.old"), await Record(file, old, renewed));
        await using var project = await FilesProject.Start(home);
        Assert.Equal(expected ?? found, project.Read("f"));
        var others = project.Tree().Where(name => name != "f").ToArray();
        if (expected is null)
        {
            Assert.StartsWith("f.recovered-", Assert.Single(others), StringComparison.Ordinal);
            Assert.Equal(old, project.Read(others[0]));
        }
        else
        {
            Assert.Empty(others);
        }

        Assert.Empty(project.Records());
    }

    [Fact]
    public async Task Start_WhenTheFileWasReplacedOrRemoved_DropsTheRecord()
    {
        using var folder = new TemporaryFolder();
        var home = folder.File("home");
        var saves = Directory.CreateDirectory(Path.Combine(home, ".smc/unfinished-saves")).FullName;
        var replaced = Path.Combine(home, "replaced");
        await File.WriteAllTextAsync(replaced, "newer");
        await File.WriteAllBytesAsync(Path.Combine(saves, "run-1.old"), await Record(replaced, "old", "new", inodeOffset: 1));
        var gone = Path.Combine(home, "gone");
        await File.WriteAllTextAsync(gone, "x");
        await File.WriteAllBytesAsync(Path.Combine(saves, "run-2.old"), await Record(gone, "old", "new"));
        File.Delete(gone);
        await File.WriteAllTextAsync(Path.Combine(saves, "run-3.old"), "");
        await using var project = await FilesProject.Start(home);
        Assert.Equal("newer", project.Read("replaced"));
        Assert.Equal(["replaced"], project.Tree());
        Assert.Empty(project.Records());
    }

    [Fact]
    public async Task Start_WhenTheFileCannotBeReached_KeepsTheRecord()
    {
        using var folder = new TemporaryFolder();
        var home = folder.File("home");
        var saves = Directory.CreateDirectory(Path.Combine(home, ".smc/unfinished-saves")).FullName;
        var mount = Directory.CreateDirectory(Path.Combine(home, "mount")).FullName;
        foreach (var name in (string[])["a", "b"])
        {
            await File.WriteAllTextAsync(Path.Combine(mount, name), "nld");
        }

        await File.WriteAllBytesAsync(Path.Combine(saves, "run-1.old"), await Record(Path.Combine(mount, "a"), "old", "new"));
        await File.WriteAllBytesAsync(Path.Combine(saves, "run-2.old"), await Record(Path.Combine(mount, "b"), "old", "new", deviceOffset: 1));
        await File.WriteAllTextAsync(Path.Combine(saves, "run-3.temporary"), Path.Combine(mount, ".projectsilo-save-a"));
        Directory.Move(mount, mount + "-away");
        await using (var project = await FilesProject.Start(home))
        {
            Assert.Equal(3, project.Records().Length);
        }

        // The folder is there, but on another device than the file was: the file system is not mounted.
        Directory.CreateDirectory(mount);
        await using (var project = await FilesProject.Start(home))
        {
            Assert.Equal([Path.Combine(saves, "run-2.old")], project.Records());
        }
    }

    [Fact]
    public async Task Write_ThroughAnotherName_SettlesTheRecordsOfEarlierRuns()
    {
        using var folder = new TemporaryFolder();
        var home = folder.File("home");
        var saves = Directory.CreateDirectory(Path.Combine(home, ".smc/unfinished-saves")).FullName;
        var file = Path.Combine(home, "folder/f");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "nld");
        await HelperProcess.Shell($"ln '{file}' '{home}/other'");
        await File.WriteAllBytesAsync(Path.Combine(saves, "run-1.old"), await Record(file, "old", "new"));
        Directory.Move(Path.Combine(home, "folder"), Path.Combine(home, "away"));
        await using var project = await FilesProject.Start(home);
        Assert.Single(project.Records());
        await project.WriteText("other", "newest");
        Assert.Empty(project.Records());
        Assert.Equal("newest", project.Read("away/f"));
    }

    [Fact]
    public async Task Start_WithSeveralRecordsOfAFile_UndoesTheNewestFirst()
    {
        using var folder = new TemporaryFolder();
        var home = folder.File("home");
        var saves = Directory.CreateDirectory(Path.Combine(home, ".smc/unfinished-saves")).FullName;
        var file = Path.Combine(home, "f");
        await File.WriteAllTextAsync(file, "3B1");
        await File.WriteAllBytesAsync(Path.Combine(saves, "b-1.old"), await Record(file, "111", "2B2"));
        await File.WriteAllBytesAsync(Path.Combine(saves, "a-1.old"), await Record(file, "2B1", "333"));
        File.SetLastWriteTimeUtc(Path.Combine(saves, "b-1.old"), DateTime.UtcNow.AddMinutes(-1));
        await using var project = await FilesProject.Start(home);
        Assert.Equal("111", project.Read("f"));
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
        // What can't be understood may be the only copy of something.
        Assert.Equal([Path.Combine(saves, "run-5.old")], project.Records());
    }

    /// <summary>A record as it is kept: mark, device, inode, sizes, length of the path, path, old content, new content.</summary>
    private static async Task<byte[]> Record(string path, string old, string renewed, ulong inodeOffset = 0, uint deviceOffset = 0)
    {
        var numbers = (await HelperProcess.Shell($"stat -c '%Hd %Ld %i' '{path}'")).Split(' ').Select(text => ulong.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return
        [
            .. "unsaved2"u8, .. BitConverter.GetBytes((uint)numbers[0]), .. BitConverter.GetBytes((uint)numbers[1] + deviceOffset),
            .. BitConverter.GetBytes(numbers[2] + inodeOffset), .. BitConverter.GetBytes((long)old.Length), .. BitConverter.GetBytes((long)renewed.Length),
            .. BitConverter.GetBytes(path.Length), .. Encoding.UTF8.GetBytes(path), .. Encoding.UTF8.GetBytes(old), .. Encoding.UTF8.GetBytes(renewed),
        ];
    }
}
