using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>The states that stores are made of, by themselves.</summary>
public sealed class StoreStateTests
{
    [Fact]
    public void Rows_TakeLateOnesToTheirPlace_AndAKeysNewestOnly()
    {
        var rows = new StreamRows();
        Assert.NotNull(rows.Add(Row(1)));
        Assert.NotNull(rows.Add(Row(5, "k")));
        Assert.NotNull(rows.Add(Row(3)));
        Assert.Null(rows.Add(Row(3)));
        Assert.Null(rows.Add(Row(4, "k")));
        Assert.Equal([1, 3, 5], Seqs(rows));
        var change = rows.Add(Row(7, "k", isTombstone: true))!;
        Assert.Equal(5, change.Previous!.AsNumber());
        Assert.False(rows.TryGetKey("k", out _));
        Assert.Null(rows.Add(Row(6, "k")));
        Assert.Equal((0, 3), (rows.KeyCount, rows.Count));
        Assert.Null(rows.Remove(7)!.Key);
        Assert.NotNull(rows.Add(Row(8, "k")));
        Assert.Equal("k", rows.Remove(8)!.Key);
        Assert.Null(rows.Remove(8));
        Assert.Equal(2, rows.Bytes);
    }

    [Fact]
    public void Rows_AreReplaced_AndTellWhatThatChanges()
    {
        var rows = new StreamRows();
        foreach (var row in new[] { Row(1), Row(2), Row(3, "a"), Row(4, "b"), Row(5, "c") })
        {
            rows.Add(row);
        }

        List<StreamChange> changes = [];
        rows.Replace([Row(2), Row(5, "c"), Row(6, "a"), Row(7)], 0, changes);
        Assert.Equal([2, 5, 6, 7], Seqs(rows));
        Assert.Equal(["-1", "-4b", "+6a", "+7"], changes.Select(change => $"{(change.Message is null ? "-" : "+")}{change.Seq}{change.Key}"));
        Assert.Equal(3, changes[2].Previous!.AsNumber());
    }

    [Fact]
    public void Rows_OfAStreamThatBeganAnew_AreOthersUnderTheSameNumbers()
    {
        var rows = new StreamRows();
        rows.Add(Row(1));
        rows.Add(Row(2, "k"));
        List<StreamChange> changes = [];
        var later = DateTimeOffset.UnixEpoch.AddHours(1);
        rows.Replace([new StreamMessage(1, later, new byte[] { 9 }, key: "k")], 0, changes);
        Assert.Equal([1], Seqs(rows));
        Assert.True(rows.TryGetKey("k", out var row));
        Assert.Equal(later, row.Time);
        Assert.Equal(2, changes.Single(change => change.Message is not null).Previous!.AsNumber());
    }

    [Fact]
    public void Rows_BeforeTheStart_Stay()
    {
        var rows = new StreamRows();
        rows.Add(Row(1));
        rows.Add(Row(5));
        rows.Replace([Row(6)], 3, []);
        Assert.Equal([1, 6], Seqs(rows));
    }

    [Fact]
    public void LocalChanges_AreConfirmedByTheStream_DeletesByTheAnswer()
    {
        var local = new DkvLocalChanges(10, 1_000);
        var set = Set(local, "a", 1);
        var delete = Set(local, "b", null);
        local.OnStored(set, 5, isShown: false, generation: 1);
        local.OnStored(delete, 6, isShown: false, generation: 1);
        Assert.Equal(["a"], local.UnsavedKeys());
        Assert.Empty(local.ToSave());
        // The delete still hides its key.
        Assert.True(local.TryGet("b", out _));
        local.OnResynced(1);
        Assert.Equal(1, local.Unsaved);
        local.OnResynced(2);
        Assert.Equal(0, local.Unsaved);
        Assert.False(local.TryGet("b", out _));
    }

    [Fact]
    public void LocalChanges_ThatWereChangedMeanwhile_AreSavedAgain()
    {
        var local = new DkvLocalChanges(10, 1_000);
        var first = Set(local, "a", 1);
        Set(local, "b", 2);
        var second = Set(local, "a", 3);
        local.OnStored(first, 5, isShown: true, generation: 0);
        Assert.False(local.Forget(first));
        Assert.Equal(["a", "b"], local.ToSave().Select(change => change.Key));
        Assert.Same(second, local.ToSave()[0]);
    }

    [Fact]
    public void LocalChanges_AreBounded()
    {
        var local = new DkvLocalChanges(2, 10);
        Set(local, "long", "much longer than that");
        Assert.Equal("429", Assert.Throws<ConatException>(() => Set(local, "b", 1)).Code);
        Set(local, "long", 1);
        Set(local, "b", 1);
        Assert.Equal("429", Assert.Throws<ConatException>(() => Set(local, "c", 1)).Code);
        Set(local, "b", 2);
    }

    [Fact]
    public void LocalMessages_ThatAreShownAndGone_LeaveNothing()
    {
        var local = new DstreamLocal(10, 1_000);
        var messages = Enumerable.Range(0, 3).Select(n => new StreamPublish(n) { MessageId = $"{n}", Raw = ConatPayload.Encode(n) }).ToList();
        messages.ForEach(local.Add);
        local.OnShown(1, "0");
        local.OnStored(messages[0], 1, isShown: true, generation: 0);
        local.OnStored(messages[1], 2, isShown: false, generation: 0);
        Assert.Equal((1, 1), (local.Unsaved, local.Stored));
        local.OnShown(2, null);
        local.OnStored(messages[2], 3, isShown: false, generation: 0);
        local.OnResynced(1);
        Assert.True(local.IsEmpty);
    }

    [Fact]
    public void Backoff_GrowsToItsMost()
    {
        var backoff = new StoreBackoff(150, 1.3, 300);
        Assert.Equal([195, 253.5, 300, 300], Enumerable.Range(0, 4).Select(_ => Math.Round(backoff.Next().TotalMilliseconds, 3)));
        backoff.Reset();
        Assert.Equal(195, backoff.Next().TotalMilliseconds);
        Assert.Equal(250, new StoreBackoff(10, 2, 30_000, 250).Next().TotalMilliseconds / 2);
    }

    [Theory]
    [InlineData(1, 0, 1500)]
    [InlineData(1, -1, 1500)]
    [InlineData(2, 0, 2700)]
    [InlineData(2, 1, 3375)]
    [InlineData(3, -1, 3645)]
    [InlineData(100, 0, 30000)]
    [InlineData(100, 1, 37500)]
    public void ReconnectDelay_IsAsSpecified(int attempt, double jitter, double milliseconds) =>
        Assert.Equal(milliseconds, PersistClient.ReconnectDelay(attempt, jitter).TotalMilliseconds);

    [Fact]
    public async Task AFeedThatIsNotRead_Fails_AfterWhatItHas()
    {
        using var feed = new PersistFeed(_ => { });
        var items = Enumerable.Range(1, 10_001).Select(seq => new FeedItem(Row(seq))).ToList();
        feed.Take(items, 0);
        for (var seq = 1; seq <= 10_000; seq++)
        {
            Assert.Equal(seq, (await feed.ReadAsync(CancellationToken.None))!.Value.Message!.Seq);
        }

        var error = await Assert.ThrowsAsync<ConatException>(() => feed.ReadAsync(CancellationToken.None).AsTask());
        Assert.Equal(PersistCodes.TooMany, error.Code);
    }

    [Fact]
    public async Task AFeed_LeavesOutWhatWasFetched_AndKnowsAnotherStream()
    {
        using var feed = new PersistFeed(_ => { });
        feed.Seed(3, DateTimeOffset.UnixEpoch);
        foreach (var row in new[] { Row(3), Row(4) })
        {
            await feed.CatchUpAsync(row, Bounded.Limit, TimeProvider.System, CancellationToken.None);
        }

        feed.EndCatchUp();
        feed.Take([new FeedItem(Row(4)), new FeedItem(Row(5)), new FeedItem(null, Deleted: [3])], caughtUpTo: 4);
        List<FeedItem> told = [];
        while (feed.TryRead(out var item))
        {
            told.Add(item);
        }

        Assert.Equal([4, null, 5, null], told.Select(item => item.Message?.Seq));
        Assert.Equal(FeedResumption.CaughtUp, told[1].Resumed);
        await feed.CatchUpAsync(new StreamMessage(5, DateTimeOffset.UnixEpoch.AddDays(1), default), Bounded.Limit, TimeProvider.System, CancellationToken.None);
        feed.EndCatchUp();
        Assert.True(feed.TryRead(out var last));
        Assert.Equal(FeedResumption.Unknown, last.Resumed);
    }

    [Fact]
    public async Task SaveLoop_TriesAgainAfterAPause_AndAtOnceForWhatCameMeanwhile()
    {
        var time = new FakeTimeProvider();
        var attempts = 0;
        var began = new SemaphoreSlim(0);
        var results = new Queue<TaskCompletionSource<SaveOutcome>>([new(), new(), new()]);
        SaveLoop? loop = null;
        loop = new SaveLoop(
            _ =>
            {
                Interlocked.Increment(ref attempts);
                began.Release();
                return results.Dequeue().Task;
            },
            time,
            (_, _) => { },
            CancellationToken.None);
        var (first, second) = (results.ElementAt(0), results.ElementAt(1));
        loop.Start();
        Assert.True(await began.WaitAsync(Bounded.Limit));
        loop.Start();
        first.SetResult(SaveOutcome.Done);
        Assert.True(await began.WaitAsync(Bounded.Limit));
        second.SetResult(SaveOutcome.Retry);
        await Bounded.Until(() => time.TimerCount == 1, "it pauses");
        Assert.Equal(2, attempts);
        time.Advance(TimeSpan.FromMilliseconds(195));
        Assert.True(await began.WaitAsync(Bounded.Limit));
    }

    [Theory]
    [InlineData("{\"a\":1,\"b\":[1,null]}", "{\"b\":[1,null],\"a\":1.0}", true)]
    [InlineData("[1,2]", "[2,1]", false)]
    [InlineData("{\"a\":1}", "{\"a\":1,\"b\":null}", false)]
    [InlineData("null", "0", false)]
    [InlineData("\"x\"", "\"x\"", true)]
    public void DeepEquals_IsByWhatValuesSay(string one, string other, bool isSame) => Assert.Equal(isSame, Parse(one).DeepEquals(Parse(other)));

    private static WireValue Parse(string json)
    {
        Assert.True(WireJson.TryParse(System.Text.Encoding.UTF8.GetBytes(json), out var value));
        return value;
    }

    private static IEnumerable<long> Seqs(StreamRows rows) => rows.ToArray().Select(row => row.Seq);

    private static DkvLocalChange Set(DkvLocalChanges local, string key, WireValue? value) => local.Set(key, value, value is null ? default : ConatPayload.Encode(value), null);

    /// <summary>A row whose value is its number.</summary>
    private static StreamMessage Row(long seq, string? key = null, bool isTombstone = false) =>
        new(seq, DateTimeOffset.UnixEpoch, ConatPayload.Encode(isTombstone ? WireValue.Null : seq), 0, key, isTombstone ? CoreStream.TombstoneHeaders : null);
}
