using Microsoft.Extensions.DependencyInjection;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Listings beyond the captured ones (spec 09 §4).</summary>
public sealed class ListingTests
{
    [Fact]
    public async Task List_OfNamesThatAreNotUtf8_ShowsReplacementCharacters()
    {
        await using var project = await FilesProject.Start();
        await HelperProcess.Shell(
            $"cd '{project.Home}' && touch $'caf\\xe9' $'new\\nline' && mkdir $'d\\xff' && touch $'d\\xff/x' && ln -s $'caf\\xe9' link");
        var entries = await List(project, "");
        Assert.Equal(["caf\uFFFD", "d\uFFFD", "link", "new\nline"], entries.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.All(entries, entry => Assert.Null(entry.Error));
        Assert.Equal(1, entries.Single(entry => entry.IsFolder).Size);
        Assert.Equal("caf\uFFFD", entries.Single(entry => entry.IsLink).LinkTarget);
    }

    [Fact]
    public async Task List_TellsModificationTimesInWholeMilliseconds()
    {
        await using var project = await FilesProject.Start();
        await HelperProcess.Shell(
            $"touch -d '2026-11-25 10:50:05.168999 UTC' '{project.At("f")}'; touch -d '1969-12-31 23:59:58.250 UTC' '{project.At("old")}'");
        var entries = await List(project, "");
        Assert.Equal(1795603805.168, entries.Single(entry => entry.Name == "f").ModifiedSeconds);
        Assert.Equal(-1.75, entries.Single(entry => entry.Name == "old").ModifiedSeconds);
    }

    [Fact]
    public async Task List_OfFifosDevicesSocketsAndLoops_DoesNotOpenThem()
    {
        await using var project = await FilesProject.Start();
        await HelperProcess.Shell($"cd '{project.Home}' && mkfifo fifo && ln -s loop loop && ln -s /dev/null device");
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(project.At("socket")));
        var entries = await List(project, "");
        Assert.Equal(["device", "fifo", "loop", "socket"], entries.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.All(entries, entry => Assert.Null(entry.Error));
        Assert.Equal("loop", entries.Single(entry => entry.Name == "loop").LinkTarget);
        Assert.Equal(4, entries.Single(entry => entry.Name == "loop").Size);
    }

    [Theory]
    [InlineData("..", "user")]
    [InlineData("/", "f")]
    [InlineData("a/../../user", "f")]
    public async Task List_NormalisesThePath(string path, string expected)
    {
        await using var project = await FilesProject.Start();
        project.Put("f");
        var entries = await List(project, path);
        Assert.Equal(expected, Assert.Single(entries).Name);
    }

    [Fact]
    public async Task List_OfBadPaths_FailsWithOpendir()
    {
        await using var project = await FilesProject.Start();
        project.PutLink("loop", "loop");
        await ExpectError(PosixError.ELOOP, $"ELOOP: too many symbolic links encountered, opendir '{project.At("loop")}'", () => List(project, "loop"));
        var name = new string('x', 5_000);
        await ExpectError(PosixError.ENAMETOOLONG, $"ENAMETOOLONG: name too long, opendir '{project.At(name)}'", () => List(project, name));
        await Assert.ThrowsAsync<RequestException>(() => List(project, "a\0b"));
    }

    [Fact]
    public async Task List_OfAHundredThousandFiles_GivesThemAllOnce()
    {
        await using var project = await FilesProject.Start();
        await HelperProcess.Shell($"cd '{project.PutFolder("big")}' && seq 100000 | xargs touch");
        var entries = await List(project, "big").Within();
        Assert.Equal(100_000, entries.Select(entry => entry.Name).Distinct().Count());
        Assert.Equal(100_000, entries.Count);
        var limited = await project.Files.List(new ListingRequest("big", false) { Limit = 10 }, FilesProject.Caller);
        Assert.Equal(entries.Take(10), limited.Entries);
        Assert.Equal(100_000, Assert.Single(await List(project, "")).Size);
    }

    [Fact]
    public async Task List_BeyondTheBounds_FailsOrLeavesSizesOut()
    {
        await using var project = await FilesProject.Start(configure: services => services.Configure<FilesOptions>(options =>
        {
            options.MaxListingEntries = 3;
            options.MaxCountedFolders = 1;
        }));
        project.PutFolder("a");
        project.PutFolder("b");
        var entries = await List(project, "");
        Assert.Single(entries, entry => entry is { IsFolder: true, Size: 0 });
        Assert.Single(entries, entry => entry is { IsFolder: true, Size: null, Error: null });
        project.PutFolder("c");
        project.PutFolder("d");
        Assert.Contains("more than 3 entries", (await Assert.ThrowsAsync<RequestException>(() => List(project, ""))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_WhileFilesVanish_HasErrorsOnlyForThose()
    {
        await using var project = await FilesProject.Start();
        var folder = project.PutFolder("busy");
        using var end = new CancellationTokenSource();
        var churn = Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; !end.IsCancellationRequested; i++)
                {
                    var name = Path.Combine(folder, $"f{i % 100}");
                    System.IO.File.WriteAllText(name, "");
                    System.IO.File.Delete(name);
                }
            },
            TaskCreationOptions.LongRunning);
        for (var i = 0; i < 200; i++)
        {
            foreach (var entry in await List(project, "busy"))
            {
                Assert.True(
                    entry is { Error: null, Size: 0 }
                    || (entry.Error == $"Error: ENOENT: no such file or directory, lstat '{folder}/{entry.Name}'"
                        && entry is { Size: null, ModifiedSeconds: null }),
                    entry.ToString());
            }
        }

        await end.CancelAsync();
        await churn.Within();
    }

    [MountFact]
    public async Task List_OfAFolderThatMayNotBeRead_HasTheErrorInTheEntry()
    {
        await using var project = await FilesProject.Start();
        project.Put("secret/x");
        await HelperProcess.Shell(
            $"chmod -R a+rX '{project.Home}/../..' && chown -R 65534 '{project.Home}'"
            + $" && chown 0 '{project.At("secret")}' && chmod 700 '{project.At("secret")}'");
        var output = await HelperProcess.Run(project.Home, asNobody: true, "list", "");
        Assert.Contains($"secret Error: EACCES: permission denied, scandir '{project.At("secret")}'", output, StringComparison.Ordinal);
        Assert.Equal(
            $"EACCES: permission denied, opendir '{project.At("secret")}'", await HelperProcess.Run(project.Home, asNobody: true, "list", "secret"));
    }

    [Fact]
    public async Task FiveHundredListings_WhileOthersHang_AreAnswered()
    {
        await using var project = await FilesProject.Start();
        project.Put("f");
        await HelperProcess.Shell($"mkfifo '{project.At("fifo")}'");
        var work = project.Services.GetRequiredService<BlockingWork>();
        using var hang = new ManualResetEventSlim();
        var hung = Enumerable.Range(0, 20).Select(_ => work.Run("hung", () => hang.Wait(Bounded.Limit))).ToArray();
        var behind = project.Files.List(new ListingRequest("", false), "hung");

        await Assert.ThrowsAsync<RequestException>(() => project.ReadText("fifo", "reader"));
        var listings = Enumerable.Range(0, 500).Select(i => project.Files.List(new ListingRequest("", false), $"caller {i % 50}"));
        var all = await Task.WhenAll(listings).Within();
        Assert.All(all, entries => Assert.Equal(2, entries.Count));

        Assert.False(behind.IsCompleted);
        hang.Set();
        await Task.WhenAll(hung).Within();
        Assert.Equal(2, (await behind.Within()).Count);
    }

    private static async Task<IReadOnlyList<DirectoryEntry>> List(FilesProject project, string path) =>
        [.. (await project.Files.List(new ListingRequest(path, false), FilesProject.Caller)).Entries];

    private static async Task ExpectError(int errno, string message, Func<Task> call)
    {
        var exception = await Assert.ThrowsAsync<PosixException>(call);
        Assert.Equal((errno, message), (exception.Errno, exception.Message));
    }
}
