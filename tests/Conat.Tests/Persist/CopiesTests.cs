using ProjectSilo.Conat.Server.Persist;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Persist;

/// <summary>Archive and backup (spec 07 §1.12).</summary>
public sealed class CopiesTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private PersistBus _bus = null!;

    private string Archived => Path.Join(_bus.Folder.File("archive"), PersistBus.PathOf("s") + ".db");

    private string BackedUp => Path.Join(_bus.Folder.File("backup"), PersistBus.PathOf("s") + ".db");

    public async Task InitializeAsync()
    {
        _bus = await PersistBus.StartAsync(options => options with
        {
            ArchiveRoot = Path.Join(Path.GetDirectoryName(options.Root), "archive"),
            BackupRoot = Path.Join(Path.GetDirectoryName(options.Root), "backup"),
            Time = _time,
        });
    }

    public async Task DisposeAsync() => await _bus.DisposeAsync();

    [Fact]
    public async Task AClosedStream_HasEqualCopies()
    {
        await WriteAsync("x");
        Assert.Equal(["x"], Read(_bus.Root));
        Assert.Equal(["x"], Read(_bus.Folder.File("archive")));
        Assert.Equal(["x"], Read(_bus.Folder.File("backup")));
    }

    [Fact]
    public async Task TheNewer_OfFileAndArchive_IsUsed()
    {
        await WriteAsync("x");
        File.Delete(_bus.FileOf("s"));
        Assert.Equal(["x"], await OpenAndReadAsync());

        File.Delete(Archived);
        Assert.Equal(["x"], await OpenAndReadAsync());

        await WriteAsync("y");
        var old = File.ReadAllBytes(Archived);
        await WriteAsync("z");
        File.WriteAllBytes(Archived, old);
        File.SetLastWriteTimeUtc(Archived, File.GetLastWriteTimeUtc(_bus.FileOf("s")).AddSeconds(-5));
        Assert.Equal(["x", "y", "z"], await OpenAndReadAsync());

        File.WriteAllBytes(Archived, old);
        File.SetLastWriteTimeUtc(Archived, File.GetLastWriteTimeUtc(_bus.FileOf("s")).AddSeconds(5));
        Assert.Equal(["x", "y"], await OpenAndReadAsync());
    }

    [Fact]
    public async Task ABackup_IsNeverRead()
    {
        await WriteAsync("x");
        File.Delete(_bus.FileOf("s"));
        File.Delete(Archived);
        Assert.True(File.Exists(BackedUp));
        Assert.Empty(await OpenAndReadAsync());
    }

    [Fact]
    public async Task AnEphemeralStream_LeavesTheArchiveAlone()
    {
        await WriteAsync("x");
        await using (var ephemeral = await _bus.OpenAsync("s", ephemeral: true))
        {
            await ephemeral.SetAsync("in memory");
        }

        await ClosedAsync();
        Assert.Equal(["x"], Read(_bus.Folder.File("archive")));
        Assert.Equal(["x"], await OpenAndReadAsync());
    }

    [Fact]
    public async Task WhileItChanges_TheArchiveFollows_ButNotTooOften()
    {
        await using var socket = await _bus.OpenAsync("s");
        await socket.SetAsync("1");
        await Bounded.Until(() => File.Exists(Archived), "the first change is archived at once");
        await socket.SetAsync("2");
        await socket.CallAsync("inventory");
        Assert.Equal(["1"], Read(_bus.Folder.File("archive")));
        _time.Advance(TimeSpan.FromSeconds(31));
        await Bounded.Until(() => Read(_bus.Folder.File("archive")).Length == 2, "the second is, later");
        await socket.SetAsync("3");
        Assert.Equal(3, (await socket.GetAllAsync()).Messages.Length);
    }

    private static string[] Read(string root) =>
        [.. StreamFiles.Read(root, PersistBus.PathOf("s")).Select(message => System.Text.Encoding.UTF8.GetString(message.Raw.Span[1..]))];

    private async Task WriteAsync(string text)
    {
        await using (var socket = await _bus.OpenAsync("s"))
        {
            await socket.SetAsync(text);
        }

        await ClosedAsync();
    }

    private async Task<string[]> OpenAndReadAsync()
    {
        string[] texts;
        await using (var socket = await _bus.OpenAsync("s"))
        {
            texts = [.. (await socket.GetAllAsync()).Messages.Select(message => System.Text.Encoding.UTF8.GetString(message.Raw.Span[1..]))];
        }

        await ClosedAsync();
        return texts;
    }

    private async Task ClosedAsync()
    {
        await Bounded.Until(() => _bus.Server.OpenStreams == 0, "it is closed");
        await _bus.Server.Streams.WhenClosedAsync(CancellationToken.None).Within();
    }
}
