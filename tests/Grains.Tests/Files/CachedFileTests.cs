using System.Text;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Reads that must never wait.</summary>
public sealed class CachedFileTests
{
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
    public async Task TryRead_OfASmallFileInMemory_GivesItOnceTheMountsAreKnown()
    {
        await using var project = await FilesProject.Start();
        var path = project.Put("f", "content");
        using var mounts = new LocalMounts();
        var cached = new CachedFile(mounts);
        Assert.False(cached.TryRead(path, 100, out _));

        mounts.Refresh();

        // In a container the temporary folder may be on an overlay, whose files are read by a thread.
        var isLocal = mounts.Has(FileStatus.Read(path, follow: true).Identity);
        Assert.Equal(isLocal, cached.TryRead(path, 100, out var content));
        Assert.Equal(isLocal ? "content" : "", Encoding.UTF8.GetString(content.Span));
        Assert.False(cached.TryRead(path, 6, out _));
    }
}
