using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

public sealed class InProcessDkvTests() : DkvTests(isInProcess: true);

public sealed class SocketIoDkvTests() : DkvTests(isInProcess: false);

/// <summary>Dkvs and akvs (spec 07 §15.4).</summary>
public abstract class DkvTests(bool isInProcess) : StoreTests(isInProcess)
{
    [Fact]
    public async Task Set_IsSeenAtOnce_AndByOthersWhenSaved()
    {
        var (one, two) = await TwoAsync();
        one.Set("a", 5);
        AssertValue(5, one.Get("a"));
        Assert.Null(one.Time("a"));
        await two.InventoryAsync().Within();
        Assert.Null(two.Get("a"));
        await one.SaveAsync().Within();
        await UntilAsync(two, ("a", 5));
        await Bounded.Until(() => one.Time("a") is not null, "it is told");
        Assert.True((DateTimeOffset.UtcNow - one.Time("a")!.Value).Duration() < TimeSpan.FromMinutes(1));
        two.Delete("a");
        Assert.False(two.Has("a"));
        two.Set("b", 1);
        two.Clear();
        await two.SaveAsync().Within();
        await UntilAsync(one);
    }

    [Fact]
    public async Task TheSameOptions_GiveTheSameObject_UntilTheLastCloses()
    {
        var client = await Bus.ClientAsync();
        var one = await client.OpenDkvAsync(Map("m")).Within();
        var two = await client.OpenDkvAsync(Map("m")).Within();
        Assert.Same(one, two);
        await one.DisposeAsync();
        two.Set("a", 1);
        await two.DisposeAsync();
        await two.DisposeAsync();
        Assert.Equal("closed", Assert.Throws<ConatException>(() => two.Set("a", 1)).Message);
        Assert.Equal("closed", Assert.Throws<ConatException>(() => two.Get("a")).Message);
        await Assert.ThrowsAsync<ConatException>(() => two.SaveAsync());
        await using var three = await client.OpenDkvAsync(Map("m")).Within();
        Assert.NotSame(two, three);
        Assert.Empty(three.GetAll());
    }

    [Fact]
    public async Task Closed_LeavesNothingBehind()
    {
        var client = await Bus.ClientAsync();
        // The inbox's subscription comes with the first request.
        await client.InterestAsync("x").Within();
        var before = client.Statistics.Subscriptions;
        var map = await client.OpenDkvAsync(Map("m")).Within();
        Assert.True(client.Statistics.Subscriptions > before);
        await map.DisposeAsync();
        await Bounded.Until(() => client.Statistics.Subscriptions == before, "its subscription is gone");
        Assert.Equal(0, client.Stores.Count);
    }

    [Fact]
    public async Task Clear_OfAnother_LeavesWhatIsUnsavedHere()
    {
        var (one, two) = await TwoAsync();
        one.Set("shared", 1);
        await one.SaveAsync().Within();
        await UntilAsync(two, ("shared", 1));
        one.Set("own", 2);
        two.Clear();
        await two.SaveAsync().Within();
        await UntilAsync(one, ("own", 2));
        one.Clear();
        Assert.Empty(one.GetAll());
        await one.SaveAsync().Within();
        await UntilAsync(two);
    }

    [Fact]
    public async Task ValuesOfAllKinds_AreTheSameAgain()
    {
        var (one, two) = await TwoAsync();
        var large = new byte[12 * 1024 * 1024];
        new Random(1).NextBytes(large);
        (string Key, WireValue Value)[] values =
        [
            ("", "empty key"),
            ("null", WireValue.Null),
            (new string('k', 1000), 1),
            ("date", new WireValue.Date(DateTimeOffset.FromUnixTimeMilliseconds(1234567890123))),
            ("bytes", new WireValue.Bytes(new byte[10])),
            ("large", new WireValue.Bytes(large)),
            ("nan", double.NaN),
            ("surrogate", "\ud800"),
            ("[\"a\",\"b\"]", new WireValue.Items([1, "x", WireValue.Null])),
        ];
        foreach (var (key, value) in values)
        {
            one.Set(key, value);
        }

        Assert.True(one.Has("null"));
        AssertValue(WireValue.Null, one.Get("null"));
        await one.SaveAsync().Within();
        await Bounded.Until(() => !one.HasUnsavedChanges && two.Count == values.Length, "all is there");
        foreach (var (key, value) in values.Where(pair => pair.Key != "surrogate"))
        {
            AssertValue(value, two.Get(key));
        }

        AssertValue("\ufffd", two.Get("surrogate"));
        one.Set("null", null);
        Assert.False(one.Has("null"));
    }

    [Fact]
    public async Task FourClients_SeeTheUnion()
    {
        var maps = new List<Dkv>();
        for (var i = 0; i < 4; i++)
        {
            maps.Add(await (await Bus.ClientAsync()).OpenDkvAsync(Map("m", noAutosave: false)).Within());
        }

        for (var i = 0; i < 40; i++)
        {
            maps[i % 4].Set($"k{i}", i);
        }

        foreach (var map in maps)
        {
            await map.SaveAsync().Within();
            await UntilAsync(map, [.. Enumerable.Range(0, 40).Select(i => ($"k{i}", (WireValue)i))]);
        }
    }

    [Fact]
    public async Task Merge_IsThreeWay()
    {
        // As the table has it: an insertion at the end there, one at the beginning here.
        WireValue? Merge(DkvConflict conflict) =>
            conflict.Previous?.AsText() is { } previous && conflict.Local.AsText()!.EndsWith(previous, StringComparison.Ordinal)
                ? (WireValue)(conflict.Local.AsText()![..^previous.Length] + conflict.Remote.AsText())
                : null;
        var options = Map("m") with { Merge = Merge };
        await using var one = await (await Bus.ClientAsync()).OpenDkvAsync(options).Within();
        await using var two = await (await Bus.ClientAsync()).OpenDkvAsync(options).Within();
        one.Set("x", "cocalc");
        await one.SaveAsync().Within();
        await UntilAsync(two, ("x", "cocalc"));
        two.Set("x", "cocalc!");
        one.Set("x", "LOVE cocalc");
        await two.SaveAsync().Within();
        await UntilAsync(one, ("x", "LOVE cocalc!"));
        await one.SaveAsync().Within();
        await UntilAsync(two, ("x", "LOVE cocalc!"));
        Assert.False(one.HasUnsavedChanges);
    }

    [Fact]
    public async Task AMergeFunctionThatFails_LeavesTheLocalValue()
    {
        var options = Map("m") with { Merge = _ => throw new InvalidOperationException() };
        await using var one = await (await Bus.ClientAsync()).OpenDkvAsync(options).Within();
        await using var two = await (await Bus.ClientAsync()).OpenDkvAsync(Map("m")).Within();
        one.Set("x", 1);
        two.Set("x", 2);
        await two.SaveAsync().Within();
        await Bounded.Until(() => one.Seq("x") is not null, "the other's is told");
        AssertValue(1, one.Get("x"));
        await one.SaveAsync().Within();
        await UntilAsync(two, ("x", 1));
    }

    [Fact]
    public async Task Headers_AreStored()
    {
        var (one, two) = await TwoAsync();
        var headers = new WireObject { ["h"] = "v" }.Build();
        one.Set("a", 1, headers);
        AssertValue(headers, one.Headers("a"));
        await one.SaveAsync().Within();
        await Bounded.Until(() => two.Headers("a") is not null, "it is told");
        AssertValue(headers, two.Headers("a"));
    }

    [Fact]
    public async Task MaxMsgs_ThrowsKeysOut_AndTells()
    {
        var options = Map("m") with { Config = new StreamConfigurationChange { MaxMsgs = 2 } };
        await using var one = await (await Bus.ClientAsync()).OpenDkvAsync(options).Within();
        var changes = new List<DkvChange>();
        one.Changed += change =>
        {
            lock (changes)
            {
                changes.Add(change);
            }
        };
        foreach (var key in new[] { "a", "b", "c" })
        {
            one.Set(key, key);
            await one.SaveAsync().Within();
        }

        await UntilAsync(one, ("b", "b"), ("c", "c"));
        await Bounded.Until(() => changes.Count == 4, "all is told");
        Assert.Equal(("a", null, "a"), (changes[2].Key, changes[2].Value, changes[2].Previous?.AsText()));
    }

    [Fact]
    public async Task MaxMsgSize_UndoesTheChange()
    {
        await using var one = await (await Bus.ClientAsync()).OpenDkvAsync(Map("m", noAutosave: false) with { Config = new StreamConfigurationChange { MaxMsgSize = 100 } }).Within();
        var rejected = new TaskCompletionSource<DkvReject>();
        one.Rejected += rejected.SetResult;
        one.Set("a", 1);
        one.Set("b", Text('x', 150));
        await one.SaveAsync().Within();
        var reject = await rejected.Task.Within();
        Assert.Equal("b", reject.Key);
        AssertValue(Text('x', 150), reject.Value);
        Assert.False(one.Has("b"));
        AssertValue(1, one.Get("a"));
    }

    [Fact]
    public async Task AkvAndDkv_AreTheSameStore()
    {
        var client = await Bus.ClientAsync();
        await using var map = await client.OpenDkvAsync(Map("m")).Within();
        await using var akv = await client.OpenAkvAsync(Map("m")).Within();
        map.Set("a", 1, new WireObject { ["h"] = 2 }.Build());
        map.Set("n", WireValue.Null);
        await map.SaveAsync().Within();
        AssertValue(1, await akv.GetAsync("a").Within());
        AssertValue(2, (await akv.HeadersAsync("a").Within())!["h"]);
        Assert.Equal(map.Seq("a"), await akv.SeqAsync("a").Within());
        Assert.Equal(map.Time("a"), await akv.TimeAsync("a").Within());
        AssertValue(WireValue.Null, await akv.GetAsync("n").Within());
        Assert.Null(await akv.GetAsync("missing").Within());
        await akv.SetAsync("b", "x").Within();
        await akv.DeleteAsync("a").Within();
        await UntilAsync(map, ("n", WireValue.Null), ("b", "x"));
        Assert.Null(await akv.GetAsync("a").Within());
        Assert.Equal(["a", "b", "n"], (await akv.KeysAsync().Within()).Order());
        var lost = await Assert.ThrowsAsync<ConatException>(() => akv.SetAsync("b", "y", new StreamPublish("y") { PreviousSeq = 1 }).Within());
        Assert.Equal(PersistCodes.WrongLastSequence, lost.Code);
    }

    [Fact]
    public async Task Inventory_CountsRows()
    {
        var client = await Bus.ClientAsync();
        await using var map = await client.OpenDkvAsync(Map("m")).Within();
        var limits = new WireObject { ["allow_msg_ttl"] = true }.Build();
        await AssertInventoryAsync(0, 0, 0);
        map.Set("a", 5);
        await map.SaveAsync().Within();
        await AssertInventoryAsync(2, 1, 1);
        map.Delete("a");
        await map.SaveAsync().Within();
        await AssertInventoryAsync(23, 1, 2);
        var set = await map.ConfigAsync(new StreamConfigurationChange { MaxAge = 100_000, MaxBytes = 100, MaxMsgSize = 100 }).Within();
        Assert.Equal((100_000, 100, 100, true), (set.MaxAge, set.MaxBytes, set.MaxMsgSize, set.AllowMsgTtl));

        async Task AssertInventoryAsync(long bytes, long count, long seq)
        {
            var inventory = await map.InventoryAsync().Within();
            Assert.Equal((bytes, count, seq), (inventory.Bytes, inventory.Count, inventory.Seq));
            AssertValue(limits, inventory.Limits);
        }
    }

    [Fact]
    public async Task ACancelledSave_GoesOnInTheBackground()
    {
        var (client, transport) = await Bus.ConnectAsync();
        await using var map = await client.OpenDkvAsync(Map("m", noAutosave: false)).Within();
        transport.IsHolding = true;
        map.Set("a", 1);
        using var giveUp = new CancellationTokenSource();
        var saving = map.SaveAsync(giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => saving.Within());
        transport.IsHolding = false;
        await map.SaveAsync().Within();
        Assert.False(map.HasUnsavedChanges);
    }

    [Fact]
    public async Task AHandlerThatFails_OrChangesTheStore_HarmsNothing()
    {
        await using var map = await (await Bus.ClientAsync()).OpenDkvAsync(Map("m", noAutosave: false)).Within();
        map.Changed += _ => throw new InvalidOperationException();
        map.Changed += change =>
        {
            if (change.Key == "a")
            {
                map.Set("b", change.Value);
            }
        };
        map.Set("a", 1);
        await UntilAsync(map, ("a", 1), ("b", 1));
        await map.SaveAsync().Within();
        Assert.False(map.HasUnsavedChanges);
    }

    private async Task<(Dkv One, Dkv Two)> TwoAsync() =>
        (await (await Bus.ClientAsync()).OpenDkvAsync(Map("m")).Within(), await (await Bus.ClientAsync()).OpenDkvAsync(Map("m")).Within());
}
