using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>What a persist client makes of a server that answers wrongly, or not at all (spec 07 §1.7, §2).</summary>
public sealed class PersistClientTests
{
    [Fact]
    public async Task GetAll_WithAnAnswerMissing_FailsWith503()
    {
        await using var bus = await StoreBus.StartAsync(isInProcess: true, withPersist: false);
        await using var server = await ScriptedPersist.StartAsync(bus.Spy);
        await using var stream = await OpenAsync(bus);
        var line = (await server.AcceptAsync()).Line;
        var rows = stream.GetAllAsync().ToListAsync().AsTask();
        var request = await line.RequestAsync();
        await AnswerAsync(bus, request, 0, new WireValue.Items([new StoredMessage(1, 5, null, 0, new byte[] { 1 }, null).ToWire()]));
        await AnswerAsync(bus, request, 2, WireValue.Null);
        var error = await Assert.ThrowsAsync<ConatException>(() => rows.Within());
        Assert.Equal(PersistCodes.Unavailable, error.Code);
        Assert.StartsWith("data dropped", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetAll_OfASilentServer_FailsWith408_AndSoDoesOneThatEnds()
    {
        await using var bus = await StoreBus.StartAsync(isInProcess: true, withPersist: false);
        await using var server = await ScriptedPersist.StartAsync(bus.Spy);
        await using var stream = await OpenAsync(bus);
        var line = (await server.AcceptAsync()).Line;
        var silent = stream.GetAllAsync(timeout: TimeSpan.FromMilliseconds(50)).ToListAsync().AsTask();
        Assert.Equal(PersistCodes.TimedOut, (await Assert.ThrowsAsync<ConatException>(() => silent.Within())).Code);
        await line.RequestAsync();
        var cut = stream.GetAllAsync().ToListAsync().AsTask();
        var pending = stream.SetAsync(new StreamPublish(1));
        await line.RequestAsync();
        await line.RequestAsync();
        line.Socket.Close();
        Assert.Equal(PersistCodes.TimedOut, (await Assert.ThrowsAsync<ConatException>(() => cut.Within())).Code);
        Assert.Equal(PersistCodes.TimedOut, (await Assert.ThrowsAsync<ConatException>(() => pending.Within())).Code);
    }

    [Fact]
    public async Task AFrameThatIsMissing_IsFetched()
    {
        await using var bus = await StoreBus.StartAsync(isInProcess: true, withPersist: false);
        bus.Time = new FastTime(20);
        await using var server = await ScriptedPersist.StartAsync(bus.Spy);
        await using var stream = await OpenAsync(bus);
        var line = (await server.AcceptAsync()).Line;
        using var feed = stream.OpenFeed();
        var starting = stream.StartFeedAsync(feed, CancellationToken.None);
        await bus.Spy.RespondAsync(await line.RequestAsync(), "created").Within();
        await starting.Within();
        feed.Seed(1, null);
        line.Socket.Write(new WireValue.Items([Row(3)]), new WireObject { ["seq"] = 1 }.Build());
        line = (await server.AcceptAsync()).Line;
        await bus.Spy.RespondAsync(await line.RequestAsync(), "created").Within();
        var request = await line.RequestAsync();
        Assert.Equal(1, request.Header(PersistHeaders.StartSeq).AsNumber());
        await AnswerAsync(bus, request, 0, new WireValue.Items([Row(1), Row(2), Row(3)]));
        await AnswerAsync(bus, request, 1, WireValue.Null);
        Assert.Equal(2, (await feed.ReadAsync(CancellationToken.None).AsTask().Within())!.Value.Message!.Seq);
        Assert.Equal(3, (await feed.ReadAsync(CancellationToken.None).AsTask().Within())!.Value.Message!.Seq);
    }

    [Fact]
    public async Task ARefusalThatComesLater_EndsAllThatUseIt()
    {
        await using var bus = await StoreBus.StartAsync(isInProcess: true, withPersist: false);
        await using var server = await ScriptedPersist.StartAsync(bus.Spy);
        await using var stream = await OpenAsync(bus);
        var line = (await server.AcceptAsync()).Line;
        var pending = stream.GetAsync(1);
        await line.RequestAsync();
        using var feed = stream.OpenFeed();
        line.Socket.Write(WireValue.Null, new WireObject { ["error"] = "Error: There is a limit", ["code"] = 429 }.Build());
        foreach (var call in new[] { pending, feed.ReadAsync(CancellationToken.None).AsTask().ContinueWith(read => (StreamMessage?)read.GetAwaiter().GetResult()?.Message), stream.GetAsync(2) })
        {
            Assert.Equal(PersistCodes.TooMany, (await Assert.ThrowsAsync<ConatException>(() => call.Within())).Code);
        }
    }

    private static async Task<PersistClient> OpenAsync(StoreBus bus) =>
        await (await bus.ClientAsync()).OpenPersistAsync(new StoreOptions { Name = "s", ProjectId = StoreBus.ProjectId }).Within();

    private static WireValue.Members Row(long seq) => new StoredMessage(seq, 1000 + seq, null, 0, new byte[] { 1 }, null).ToWire();

    private static Task<PublishResult> AnswerAsync(StoreBus bus, ConatMessage request, int number, WireValue data) =>
        bus.Spy.RespondAsync(request, data, new PublishOptions { Headers = new WireObject { ["seq"] = number }.Build() }).Within();
}
