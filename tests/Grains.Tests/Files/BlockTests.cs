using Orleans.Runtime;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Files in blocks (spec 06 §7.1).</summary>
public sealed class BlockTests
{
    private const int Block = 10_000;

    /// <summary>One such is read at a time.</summary>
    private const int Large = 1024 * 1024;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Block - 1)]
    [InlineData(Block)]
    [InlineData(Block + 1)]
    [InlineData(2 * Block)]
    [InlineData((5 * Block) + 123)]
    public async Task ReadBlocks_AreFullButForTheLast(int length)
    {
        await using var project = await FilesProject.Start();
        var bytes = Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray();
        await File.WriteAllBytesAsync(project.At("f"), bytes);
        var blocks = await Read(project, "f");
        Assert.Equal(bytes, blocks.SelectMany(block => block));
        Assert.All(blocks.SkipLast(1), block => Assert.Equal(Block, block.Length));
        Assert.Equal((length + Block - 1) / Block, blocks.Count);
    }

    [Theory]
    [InlineData("nope", "ENOENT: no such file or directory, open 'HOME/nope'")]
    [InlineData("f/x", "ENOTDIR: not a directory, open 'HOME/f/x'")]
    [InlineData("d", "EISDIR: illegal operation on a directory, read")]
    [InlineData("", "EISDIR: illegal operation on a directory, read")]
    [InlineData("pipe", "'HOME/pipe' is not a regular file")]
    [InlineData("/dev/zero", "'/dev/zero' is not a regular file")]
    public async Task ReadBlocks_OfWhatIsNoFile_SaysWhy(string path, string message)
    {
        await using var project = await FilesProject.Start();
        project.Put("f", "x");
        project.PutFolder("d");
        await HelperProcess.Shell($"mkfifo '{project.At("pipe")}'");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Read(project, path).Within());
        Assert.True(error is PosixException or RequestException);
        Assert.Equal(message.Replace("HOME", project.Home, StringComparison.Ordinal), error.Message);
    }

    [Fact]
    public async Task ReadBlocks_OfAFileWithoutSize_IsItsContent()
    {
        await using var project = await FilesProject.Start();
        Assert.Contains("MemTotal", string.Concat((await Read(project, "/proc/meminfo")).SelectMany(block => block).Select(b => (char)b)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(Large, 1)]
    [InlineData((5 * Large) + 1, 6)]
    [InlineData(8 * Large, 8)]
    public async Task ReadBlocks_OfAFileThatGrowsOrShrinks_EndWhereItEnds(int length, int count)
    {
        await using var project = await FilesProject.Start();
        await File.WriteAllBytesAsync(project.At("f"), new byte[4 * Large]);
        var blocks = new List<int>();
        await foreach (var block in project.Files.ReadBlocks("f", Large, FilesProject.Caller, default).WithBatchSize(1))
        {
            if (blocks.Count == 0)
            {
                using var file = File.OpenWrite(project.At("f"));
                file.SetLength(length);
            }

            blocks.Add(block.Length);
        }

        // Up to two blocks had been read ahead.
        Assert.InRange(blocks.Count, count, Math.Max(count, 3));
    }

    [Fact]
    public async Task ReadBlocks_ThatNobodyReadsOn_CloseTheFile()
    {
        await using var project = await FilesProject.Start();
        await File.WriteAllBytesAsync(project.At("f"), new byte[100 * Block]);
        await foreach (var block in project.Files.ReadBlocks("f", Block, FilesProject.Caller, default).WithBatchSize(1))
        {
            Assert.True(IsOpen(project.At("f")));
            break;
        }

        await Bounded.Until(() => !IsOpen(project.At("f")), "closed");
    }

    internal static bool IsOpen(string path) => Directory.GetFiles("/proc/self/fd").Any(fd => new FileInfo(fd).LinkTarget?.StartsWith(path, StringComparison.Ordinal) == true);

    private static async Task<List<byte[]>> Read(FilesProject project, string path)
    {
        var blocks = new List<byte[]>();
        await foreach (var block in project.Files.ReadBlocks(path, Block, FilesProject.Caller, default))
        {
            blocks.Add(block.ToArray());
        }

        return blocks;
    }
}
