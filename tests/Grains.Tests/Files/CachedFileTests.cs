using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Reads that must never wait.</summary>
public sealed class CachedFileTests
{
    // One that is on no disk, whatever the temporary folder is on.
    private const string SharedMemory = "/dev/shm";

    [Fact]
    public async Task TryRead_OfWhatMayWait_LeavesItToAThread()
    {
        await using var project = await FilesProject.Start();
        await HelperProcess.Shell($"mkfifo '{project.At("fifo")}'");
        project.Put("empty", "");
        project.Put("large", new string('x', CachedFile.MaxBytes + 1));
        using var mounts = new LocalMounts();
        mounts.Refresh();
        var cached = new CachedFile(mounts);
        Assert.All(
            [project.At("fifo"), project.At("empty"), project.At("large"), project.At("missing"), project.Home, "/proc/version", "/dev/null", "/dev/zero"],
            path => Assert.False(cached.TryRead(path, long.MaxValue, out _), path));
    }

    [Fact]
    public void TryRead_OfASmallFileInMemory_GivesItOnceTheMountsAreKnown()
    {
        var path = Path.Combine(SharedMemory, "projectsilo-test-" + Guid.NewGuid().ToString("N"));
        File.WriteAllText(path, "content");
        try
        {
            using var mounts = new LocalMounts();
            var cached = new CachedFile(mounts);
            Assert.False(cached.TryRead(path, 100, out _));

            mounts.Refresh();

            Assert.True(cached.TryRead(path, 100, out var content));
            Assert.Equal("content"u8, content.Span);
            Assert.False(cached.TryRead(path, 6, out _));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
