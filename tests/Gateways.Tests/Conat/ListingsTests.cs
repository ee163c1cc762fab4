using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Server.Persist;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Conat.Listings;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Tests;
using ProjectSilo.Tests.Broker;

namespace ProjectSilo.Gateways.Tests.Conat;

/// <summary>The listings service (spec 06 §8) with a real broker, a real persist server, and a browser's stores.</summary>
public sealed class ListingsTests : IAsyncLifetime
{
    private readonly BusProject _project = new();
    private readonly TemporaryFolder _folder = new();
    private PersistServer _persist = null!;
    private ConatServiceClient _service = null!;
    private ProjectHost _host = null!;
    private Dkv _listings = null!;
    private Dkv _times = null!;

    private string Home => _host.Home;

    public async Task InitializeAsync()
    {
        await _project.InitializeAsync();
        _persist = new PersistServer(await _project.Connect(BrokerHost.HubCookies, ConatNames.HubInbox("persist")), new PersistServerOptions { Root = _folder.Path });
        _persist.Start();
        var browser = await _project.Connect(BrokerHost.HubCookies, ConatNames.HubInbox("browser"));
        var stores = new ProjectStores(BusProject.ProjectId);
        _listings = await browser.OpenDkvAsync(stores.Listings).Within();
        _times = await browser.OpenDkvAsync(stores.ListingsTimes).Within();
        _host = await AddDaemon(7);
        _service = new ConatServiceClient(_project.Hub, ConatNames.ServiceSubject(BusProject.ProjectId, "listings", 7));
    }

    public async Task DisposeAsync()
    {
        await _listings.DisposeAsync();
        await _times.DisposeAsync();
        await _persist.DisposeAsync();
        await _project.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Watch_KeepsTheListingInTheStore()
    {
        Assert.Equal(WireValue.Null, await Watch("dir1"));
        var listing = await Until("dir1", _ => true);
        Assert.Equal(["files", "exists", "time"], listing.Values.Select(member => member.Key));
        Assert.Equal(["x.txt"], Names(listing));
        Assert.Equal("true", listing["exists"].ToString());
        await Bounded.Until(
            () => _times.Get("dir1") is WireValue.Members times && times["interest"].AsNumber() > 0 && times["updated"].AsNumber() >= listing["time"].AsNumber(),
            "the times are stored");
        await File.WriteAllTextAsync(Path.Join(Home, "dir1", ".hidden"), "");
        await Until("dir1", changed => Names(changed).Order().SequenceEqual([".hidden", "x.txt"]));
        Directory.Delete(Path.Join(Home, "dir1"), recursive: true);
        var gone = await Until("dir1", changed => changed.Has("error"));
        Assert.Equal(["error", "time", "exists"], gone.Values.Select(member => member.Key));
        Assert.Equal(($"ENOENT: no such file or directory, opendir '{Home}/dir1'", "false"), (gone["error"].AsText(), gone["exists"].ToString()));
    }

    [Theory]
    [InlineData(".")]
    [InlineData("~")]
    [InlineData("")]
    public async Task Watch_OfHome_HasItsNames(string path)
    {
        await Watch(path);
        Assert.Contains("hello.txt", Names(await Until("", _ => true)));
    }

    [Fact]
    public async Task Watch_KeepsOtherMembersOfTheTime()
    {
        _times.Set("dir1", BusProject.Wire("""{"other":5,"updated":6,"interest":6}"""));
        await _times.SaveAsync().Within();
        await Bounded.UntilAsync(
            async () =>
            {
                await Watch("dir1");
                return _times.Get("dir1") is WireValue.Members times && times["other"].AsNumber() == 5 && times["updated"].AsNumber() > 6 && times["interest"].AsNumber() > 6;
            },
            "the interest is stored, and what was there stays");
    }

    [Fact]
    public async Task Watch_OfTooManyFolders_DropsTheOldest()
    {
        // The daemon of this test watches two.
        foreach (var name in (string[])["a", "b", "c"])
        {
            Directory.CreateDirectory(Path.Join(Home, name));
            await Watch(name);
            await Until(name, _ => true);
            await Bounded.Until(() => _times.Has(name), "the interest is stored");
        }

        foreach (var name in (string[])["a", "b", "c"])
        {
            await File.WriteAllTextAsync(Path.Join(Home, name, "new"), "");
        }

        await Until("b", listing => Names(listing) is ["new"]);
        await Until("c", listing => Names(listing) is ["new"]);
        Assert.Empty(Names((WireValue.Members)_listings.Get("a")!));
    }

    [Fact]
    public async Task Start_WatchesWhatSomebodyWasInterestedIn()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        _times.Set("dir1", BusProject.Wire($$"""{"interest":{{now}}}"""));
        _times.Set("old", BusProject.Wire($$"""{"interest":{{now - 601_000}}}"""));
        await _times.SaveAsync().Within();
        await AddDaemon(8);
        await Until("dir1", listing => Names(listing) is ["x.txt"]);
        Assert.False(_listings.Has("old"));
    }

    [Fact]
    public async Task GetListing_IsAsThatOfTheApi()
    {
        await File.WriteAllTextAsync(Path.Join(Home, "dir1", ".hidden"), "");
        Assert.Equal(["x.txt"], await List("""{"path":"dir1"}"""));
        Assert.Equal([".hidden", "x.txt"], (await List("""{"path":"dir1","hidden":true}""")).Order());
        var failure = await Assert.ThrowsAsync<ConatException>(() => _service.CallAsync("getListing", [BusProject.Wire("""{"path":"none"}""")]).Within());
        Assert.Contains("ENOENT", failure.Message, StringComparison.Ordinal);
        Assert.Contains("unknown function 'nope'", (await Assert.ThrowsAsync<ConatException>(() => _service.CallAsync("nope", []).Within())).Message, StringComparison.Ordinal);
        Assert.Contains("path must be a string", (await Assert.ThrowsAsync<ConatException>(() => _service.CallAsync("watch", [5]).Within())).Message, StringComparison.Ordinal);

        async Task<IEnumerable<string?>> List(string options) =>
            ((WireValue.Items)await _service.CallAsync("getListing", [BusProject.Wire(options)]).Within()).Values.Select(entry => ((WireValue.Members)entry)["name"].AsText());
    }

    /// <summary>The calls of <c>conat-services.json</c> to this service and to <c>project-info</c>, captured with stand-ins for the services' own functions.</summary>
    public static TheoryData<string> Captured => [.. Vectors.Load("conat-services").GetProperty("scenarios").EnumerateArray()
        .Where(scenario => scenario.TryGetProperty("frames", out var frames) && frames.EnumerateArray().Any(IsCall)).Select(scenario => scenario.GetRawText())];

    [Theory, MemberData(nameof(Captured))]
    public async Task Call_IsAnsweredAsCaptured(string json)
    {
        using var scenario = JsonDocument.Parse(json);
        var frames = scenario.RootElement.GetProperty("frames").EnumerateArray().ToList();
        var call = frames.First(IsCall);
        var expected = frames.First(frame => Is(frame, "project", "c2s") && frame.TryGetProperty("decodedPayload", out _)).GetProperty("decodedPayload");
        var entries = expected.ValueKind == JsonValueKind.Array ? expected.EnumerateArray().ToList() : [];
        foreach (var entry in entries)
        {
            var path = Path.Join(Home, entry.GetProperty("name").GetString());
            await File.WriteAllBytesAsync(path, new byte[entry.GetProperty("size").GetInt32()]);
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddMilliseconds(Math.Round(1000 * entry.GetProperty("mtime").GetDouble())));
        }

        var subject = call.GetProperty("text").GetString()!.Contains(".listings._", StringComparison.Ordinal)
            ? ConatNames.ServiceSubject(BusProject.ProjectId, "listings", 7) : BusProject.Subject("project-info", 7);
        var request = BusProject.Wire(call.GetProperty("decodedPayload").GetRawText());
        var answer = (await _project.Hub.RequestAsync(subject, request, new PublishOptions { WaitForInterest = true }).Within()).Data;
        switch (expected.ValueKind)
        {
            case JsonValueKind.Array:
                var listing = ((WireValue.Items)answer).Values.Select(entry => entry.ToString()).ToList();
                Assert.All(entries, entry => Assert.Contains(Sorted(entry.GetRawText()), listing.Select(Sorted)));
                break;
            case JsonValueKind.Object:
                Assert.StartsWith("Error: ", Assert.Single(((WireValue.Members)answer).Values, member => member.Key == "error").Value.AsText(), StringComparison.Ordinal);
                break;
            case JsonValueKind.Null when subject.Contains("project-info", StringComparison.Ordinal):
                // There may have been a scan here.
                Assert.True(answer is WireValue.Nothing || ((WireValue.Members)answer).Has("processes"));
                break;
            default:
                Assert.Equal(expected.GetRawText(), answer.ToString());
                break;
        }
    }

    [Fact]
    public void Listing_OfManyFiles_SaysThatThereAreMore()
    {
        var entries = new DirectoryListing.Builder();
        entries.Add("a"u8, new DirectoryListing.Attributes(1.5, 5, false, false, null, null));
        entries.Add("b"u8, new DirectoryListing.Attributes(2.5, 1, true, true, "t", null));
        var snapshot = new FolderSnapshot(entries.Build(), null);
        Assert.Equal(
            """{"files":[{"name":"a","mtime":1.5,"size":5}],"exists":true,"time":7,"more":true}""", ListingWire.ToWire(snapshot, 1, 7).ToString());
        Assert.Equal(
            """{"files":[{"name":"a","mtime":1.5,"size":5},{"name":"b","issymlink":true,"link_target":"t","mtime":2.5,"isdir":true,"size":1}],"exists":true,"time":7}""",
            ListingWire.ToWire(snapshot, 2, 7).ToString());
        Assert.Equal("""{"error":"EACCES: permission denied, opendir '/x'","time":7}""", ListingWire.ToWire(new(null, "EACCES: permission denied, opendir '/x'"), 2, 7).ToString());
    }

    private static bool Is(JsonElement frame, string party, string direction) =>
        frame.GetProperty("party").GetString() == party && frame.GetProperty("dir").GetString() == direction;

    private static bool IsCall(JsonElement frame) => Is(frame, "peer", "c2s") && frame.TryGetProperty("decodedPayload", out _)
        && frame.GetProperty("text").GetString() is { } text
        && (text.Contains(".listings._", StringComparison.Ordinal) || text.Contains(".project-info.-", StringComparison.Ordinal));

    private static string Sorted(string json) => string.Join(',', JsonNode.Parse(json)!.AsObject().OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => $"{member.Key}={member.Value}"));

    private static List<string?> Names(WireValue.Members listing) =>
        listing["files"] is WireValue.Items files ? [.. files.Values.Select(file => ((WireValue.Members)file)["name"].AsText())] : [];

    private Task<ProjectHost> AddDaemon(int id) => _project.AddDaemon(id, configureServices: services =>
    {
        services.Configure<DirectoryWatchOptions>(options => options.Debounce = options.PollInterval = TimeSpan.FromMilliseconds(20));
        services.Configure<ListingsOptions>(options => options.MaxWatched = 2);
    });

    private Task<WireValue> Watch(string path) => _service.CallAsync("watch", [path]).Within();

    private async Task<WireValue.Members> Until(string path, Func<WireValue.Members, bool> condition)
    {
        await Bounded.Until(() => _listings.Get(path) is WireValue.Members listing && condition(listing), $"the listing of '{path}' is so");
        return (WireValue.Members)_listings.Get(path)!;
    }
}
