using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Orleans.Runtime;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Folders that are watched (spec 06 §8).</summary>
public sealed class DirectoryWatchTests : IAsyncLifetime
{
    private readonly TemporaryFolder _home = new();
    private IHost _host = null!;

    private FolderWatches Watches => _host.Services.GetRequiredService<FolderWatches>();

    public Task InitializeAsync() => Start();

    private async Task Start(int maxWatches = 1_000)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo.AddGrainClasses(GrainServices.GrainClasses));
        builder.Services.AddGrainServices();
        builder.Services.AddSingleton(new ProjectSettings { ProjectId = "p", Home = _home.Path, Environment = ImmutableDictionary<string, string>.Empty });
        builder.Services.AddSingleton(new NamedServerSettings { Folder = _home.File("servers") });
        builder.Services.Configure<DirectoryWatchOptions>(options =>
        {
            options.Debounce = options.PollInterval = TimeSpan.FromMilliseconds(20);
            options.MaxWatches = maxWatches;
        });
        _host = builder.Build();
        await _host.StartAsync();
        Directory.CreateDirectory(_home.File("d"));
    }

    public async Task DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Follow_TellsOfEntriesThatComeChangeAndGo()
    {
        await using var follower = Follow("d");
        Assert.Empty((await follower.Next()).Entries!.Entries);
        await File.WriteAllTextAsync(_home.File("d/.a"), "x");
        await follower.Until(snapshot => Names(snapshot) is [".a"] && snapshot.Entries!.Entries.Single().Size == 1);
        await File.AppendAllTextAsync(_home.File("d/.a"), "yz");
        await follower.Until(snapshot => snapshot.Entries!.Entries.Single().Size == 3);
        File.Move(_home.File("d/.a"), _home.File("d/b"));
        await follower.Until(snapshot => Names(snapshot) is ["b"]);
        Directory.CreateDirectory(_home.File("d/b2"));
        await follower.Until(snapshot => Names(snapshot) is [_, _]);
        File.Delete(_home.File("d/b"));
        await follower.Until(snapshot => Names(snapshot) is ["b2"]);
    }

    [Fact]
    public async Task Follow_OfHome_SeesIt()
    {
        await using var follower = Follow("");
        Assert.Contains("d", Names(await follower.Next())!);
    }

    [Fact]
    public async Task Follow_OfFolderThatGoesAndComes_TellsBoth()
    {
        await using var follower = Follow("d");
        await follower.Next();
        Directory.Delete(_home.File("d"));
        var gone = await follower.Until(snapshot => snapshot.Entries is null);
        Assert.Equal($"ENOENT: no such file or directory, opendir '{_home.File("d")}'", gone.Error);
        Directory.CreateDirectory(_home.File("d"));
        await follower.Until(snapshot => snapshot.Entries is not null);
        await File.WriteAllTextAsync(_home.File("d/new"), "");
        await follower.Until(snapshot => Names(snapshot) is ["new"]);

        // Another one in its place.
        Directory.CreateDirectory(_home.File("other/x"));
        Directory.Move(_home.File("d"), _home.File("aside"));
        Directory.Move(_home.File("other"), _home.File("d"));
        await follower.Until(snapshot => Names(snapshot) is ["x"]);
        await File.WriteAllTextAsync(_home.File("aside/y"), "");
        await File.WriteAllTextAsync(_home.File("d/z"), "");
        await follower.Until(snapshot => Names(snapshot) is [_, _] names && names.Order().SequenceEqual(["x", "z"]));

        // A file in its place.
        Directory.Delete(_home.File("d"), recursive: true);
        await File.WriteAllTextAsync(_home.File("d"), "");
        await follower.Until(snapshot => snapshot.Error?.StartsWith("ENOTDIR", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Follow_OfFolderWhoseParentIsMoved_TellsThatItIsGone()
    {
        Directory.CreateDirectory(_home.File("d/e"));
        await using var follower = Follow("d/e");
        await follower.Next();
        Directory.Move(_home.File("d"), _home.File("moved"));
        await follower.Until(snapshot => snapshot.Entries is null);
    }

    [Fact]
    public async Task Follow_OfNoFolder_WaitsForIt()
    {
        await using var follower = Follow("later");
        Assert.StartsWith("ENOENT", (await follower.Next()).Error, StringComparison.Ordinal);
        Directory.CreateDirectory(_home.File("later"));
        await follower.Until(snapshot => snapshot.Entries is not null);
    }

    [Fact]
    public async Task Follow_OfAHundredThousandEntries_ListsOneMoreThanAreShown()
    {
        // In memory, where there is that.
        using var many = new TemporaryFolder(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
        for (var i = 0; i < 100_000; i++)
        {
            File.CreateSymbolicLink(many.File($"{i}"), "x");
        }

        Directory.CreateSymbolicLink(_home.File("many"), many.Path);
        await using var follower = Follow("many");
        Assert.Equal(501, (await follower.Next()).Entries!.Count);
    }

    [Fact]
    public async Task Follow_BeyondTheLimitOfWatches_Looks()
    {
        await _host.StopAsync();
        _host.Dispose();
        await Start(maxWatches: 1);
        Directory.CreateDirectory(_home.File("e"));
        await using var first = Follow("d");
        await using var second = Follow("e");
        await first.Next();
        await second.Next();
        Assert.Equal(1, Watched());
        foreach (var (folder, follower) in (IEnumerable<(string, Follower)>)[("d", first), ("e", second)])
        {
            await File.WriteAllTextAsync(_home.File($"{folder}/new"), "");
            await follower.Until(snapshot => Names(snapshot) is ["new"]);
            File.Move(_home.File($"{folder}/new"), _home.File($"{folder}/other"));
            await follower.Until(snapshot => Names(snapshot) is ["other"]);
        }

        // What is free is given to the next.
        await first.DisposeAsync();
        await Bounded.Until(() => Watched() == 0, "nothing is watched");
        await using var third = Follow("");
        await third.Next();
        Assert.Equal(1, Watched());
    }

    [Fact]
    public async Task Follow_ThatEnds_LeavesNoWatch()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var follower = Follow("d");
            await follower.Next();
            if (round % 2 == 0)
            {
                Directory.Delete(_home.File("d"));
                await follower.Until(snapshot => snapshot.Entries is null);
                Directory.CreateDirectory(_home.File("d"));
                await follower.Until(snapshot => snapshot.Entries is not null);
            }
        }

        await Bounded.Until(() => Watched() == 0, "nothing is watched");
    }

    [Fact]
    public async Task Follow_OfAFlood_TellsTheEndOfIt()
    {
        await using var follower = Follow("d");
        await follower.Next();
        using (var file = File.OpenHandle(_home.File("d/flood"), FileMode.Create, FileAccess.Write))
        {
            for (var i = 0; i < 5_000; i++)
            {
                RandomAccess.Write(file, "x"u8, i);
                File.CreateSymbolicLink(_home.File("d/link"), "x");
                File.Delete(_home.File("d/link"));
            }
        }

        await follower.Until(snapshot => Names(snapshot) is ["flood"] && snapshot.Entries!.Entries.Single().Size == 5_000);
        Assert.InRange(follower.Count, 2, 2_000);
    }

    [Fact]
    public async Task Followers_ShareAWatch_AndTheLastOneEndsIt()
    {
        var first = Follow("d");
        await using var second = Follow("d");
        await first.Next();
        await second.Next();
        await first.DisposeAsync();
        await File.WriteAllTextAsync(_home.File("d/a"), "");
        await second.Until(snapshot => Names(snapshot) is ["a"]);
        await second.DisposeAsync();
        await using var third = Follow("d");
        Assert.Equal(["a"], Names(await third.Next()));
        await File.WriteAllTextAsync(_home.File("d/b"), "");
        await third.Until(snapshot => Names(snapshot) is [_, _]);
    }

    [Fact]
    public async Task List_IsAsItIsNow()
    {
        var grain = Grain("d");
        Assert.Empty((await grain.List()).Entries!.Entries);
        await File.WriteAllTextAsync(_home.File("d/a"), "");
        Assert.Equal(["a"], Names(await grain.List()));
    }

    [Fact]
    public async Task Follow_WhereTheSystemTellsNothing_Looks()
    {
        Assert.False(FileSystemKind.TellsChanges("/proc/self"));
        Assert.True(FileSystemKind.TellsChanges(_home.Path));
        Directory.CreateSymbolicLink(_home.File("tasks"), $"/proc/{Environment.ProcessId}/task");
        await using var follower = Follow("tasks");
        await follower.Next();
        using var stop = new ManualResetEventSlim();
        var id = 0;
        SmallThread.Start("watched", () =>
        {
            Volatile.Write(ref id, int.Parse(Path.GetFileName(File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName), System.Globalization.CultureInfo.InvariantCulture));
            stop.Wait(Bounded.Limit);
        });
        await Bounded.Until(() => Volatile.Read(ref id) != 0, "the thread runs");
        await follower.Until(snapshot => Names(snapshot)?.Contains($"{id}") == true);
        stop.Set();
        await follower.Until(snapshot => Names(snapshot)?.Contains($"{id}") == false);
    }

    [Fact]
    public async Task TwoPathsToOneFolder_AreBothTold()
    {
        Directory.CreateSymbolicLink(_home.File("l"), "d");
        using var first = Watches.TryAdd(_home.File("d"))!;
        using var second = Watches.TryAdd(_home.File("l"))!;
        Assert.Equal((first.Number, first.Folder), (second.Number, second.Folder));
        first.Dispose();
        var change = second.NextChange;
        await File.WriteAllTextAsync(_home.File("d/a"), "");
        await change.Within();
        Assert.True(second.IsChanged && !first.IsChanged);
        second.Forget();
        Assert.False(second.IsChanged);
        Assert.Null(Watches.TryAdd(_home.File("none")));
        Assert.Null(Watches.TryAdd(_home.File("d/a")));
    }

    /// <summary>How many folders of this test the kernel watches, as it tells of our descriptors: <c>inotify wd:1 ino:2a0b sdev:800001 …</c>.</summary>
    private int Watched()
    {
        var inodes = Directory.GetDirectories(_home.Path).Append(_home.Path)
            .Select(path => $" ino:{FileStatus.Find(path, follow: true)!.Value.Identity.Inode:x} ").ToList();
        return Directory.GetFiles("/proc/self/fdinfo").SelectMany(Lines).Count(line => line.StartsWith("inotify ", StringComparison.Ordinal) && inodes.Exists(line.Contains));

        static string[] Lines(string path)
        {
            try
            {
                return File.ReadAllLines(path);
            }
            catch (IOException)
            {
                // Closed since.
                return [];
            }
        }
    }

    private static List<string>? Names(FolderSnapshot snapshot) => snapshot.Entries?.Entries.Select(entry => entry.Name).ToList();

    private IDirectoryWatchGrain Grain(string path) =>
        _host.Services.GetRequiredService<Orleans.IGrainFactory>().GetGrain<IDirectoryWatchGrain>(GrainKey.Of(0, path));

    private Follower Follow(string path) => new(Grain(path).Follow(default).WithBatchSize(1).GetAsyncEnumerator());

    private sealed class Follower(IAsyncEnumerator<FolderSnapshot> snapshots) : IAsyncDisposable
    {
        private bool _isDisposed;

        public int Count { get; private set; }

        public async Task<FolderSnapshot> Next()
        {
            Assert.True(await snapshots.MoveNextAsync().AsTask().Within());
            Count++;
            return snapshots.Current;
        }

        public async Task<FolderSnapshot> Until(Func<FolderSnapshot, bool> condition)
        {
            while (true)
            {
                if (await Next() is var snapshot && condition(snapshot))
                {
                    return snapshot;
                }
            }
        }

        public ValueTask DisposeAsync()
        {
            var wasDisposed = _isDisposed;
            _isDisposed = true;
            return wasDisposed ? ValueTask.CompletedTask : snapshots.DisposeAsync();
        }
    }
}
