using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

public sealed class InProcessCoreStreamTests() : CoreStreamTests(isInProcess: true);

public sealed class SocketIoCoreStreamTests() : CoreStreamTests(isInProcess: false);

/// <summary>Core streams and their limits (spec 07 §15.2, §15.3).</summary>
public abstract class CoreStreamTests(bool isInProcess) : StoreTests(isInProcess)
{
    [Fact]
    public async Task Publish_OfAllKinds_IsSeenByAnother()
    {
        await using var one = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("s")).Within();
        WireValue[] values = [WireValue.Null, new WireValue.Bytes(new byte[] { 1, 2 }), new WireValue.Date(DateTimeOffset.UnixEpoch)];
        foreach (var value in values)
        {
            await one.PublishAsync(value).Within();
        }

        await UntilAsync(one, values);
        await using var two = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("s")).Within();
        AssertValues(values, two.GetAll().Select(row => row.Value));
        Assert.Contains("must not be 'undefined'", (await Assert.ThrowsAsync<ArgumentNullException>(() => one.PublishAsync(null).Within())).Message, StringComparison.Ordinal);
        var headers = new WireObject { ["foo"] = new WireObject { ["10"] = 5 }.Build() }.Build();
        await one.PublishAsync(1, new StreamPublish(1) { Headers = headers }).Within();
        await Bounded.Until(() => two.Count == 4, "it is told");
        AssertValue(headers, two[3].Headers);
    }

    [Fact]
    public async Task AHundredPublishes_KeepTheirOrder()
    {
        await using var stream = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("s")).Within();
        for (var i = 0; i < 100; i++)
        {
            await stream.PublishAsync(i).Within();
        }

        await UntilAsync(stream, [.. Enumerable.Range(0, 100).Select(i => (WireValue)i)]);
        Assert.Equal(100, stream.Stats().Count);
        await stream.DeleteAsync(new StreamDeletion { All = true }).Within();
        await UntilAsync(stream);
        Assert.Equal((0, 0L), stream.Stats());
    }

    [Fact]
    public async Task AnEphemeralStream_IsGoneWhenItIsClosed()
    {
        var client = await Bus.ClientAsync();
        var options = Stream("e") with { IsEphemeral = true };
        await using (var stream = await client.OpenCoreStreamAsync(options).Within())
        {
            await stream.PublishAsync("x").Within();
            Assert.Equal(64_000_000, (await stream.ConfigAsync().Within()).MaxBytes);
            await stream.ConfigAsync(new StreamConfigurationChange { MaxBytes = 100_000_000 }).Within();
            Assert.Equal(64_000_000, (await stream.ConfigAsync().Within()).MaxBytes);
            Assert.Equal(1_000, (await stream.ConfigAsync(new StreamConfigurationChange { MaxBytes = 1_000 }).Within()).MaxBytes);
        }

        await Bounded.UntilAsync(
            async () =>
            {
                // The server closes it when it hears so.
                await using var again = await client.OpenCoreStreamAsync(options).Within();
                return again.Count == 0;
            },
            "it is empty");
    }

    [Fact]
    public async Task Keys_HaveOneRowEach()
    {
        await using var one = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("k")).Within();
        await using var two = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("k")).Within();
        for (var i = 0; i < 10; i++)
        {
            foreach (var key in new[] { "a", "b", "" })
            {
                await (i % 2 == 0 ? one : two).SetKeyAsync(key, $"{key}{i}").Within();
            }
        }

        foreach (var stream in new[] { one, two })
        {
            await Bounded.Until(() => stream.Count == 3 && stream.TryGetKey("", out var row) && row.Value.AsText() == "9", "all is told");
            Assert.Equal(3, stream.KeyCount);
            Assert.Equal(["a9", "b9", "9"], stream.GetAll().Select(row => row.Value.AsText()));
        }

        await one.DeleteKeyAsync("").Within();
        await Bounded.Until(() => two.KeyCount == 2, "it is deleted");
        Assert.Null(await one.DeleteKeyAsync("unknown").Within());
        await using var again = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("k")).Within();
        Assert.Equal(one.GetAll().Select(row => row.Seq), again.GetAll().Select(row => row.Seq));
        Assert.Equal(2, again.KeyCount);
    }

    [Fact]
    public async Task PreviousSeq_IsCompared()
    {
        await using var stream = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("k")).Within();
        var first = await stream.SetKeyAsync("a", 1).Within();
        var lost = await Assert.ThrowsAsync<ConatException>(() => stream.SetKeyAsync("a", 2, new StreamPublish(2) { PreviousSeq = 0 }).Within());
        Assert.Equal(PersistCodes.WrongLastSequence, lost.Code);
        Assert.Contains("wrong last sequence", lost.Message, StringComparison.Ordinal);
        await stream.SetKeyAsync("a", 2, new StreamPublish(2) { PreviousSeq = first!.Value.Seq }).Within();
        await stream.PublishAsync("plain", new StreamPublish("plain") { PreviousSeq = 0 }).Within();
        await UntilAsync(stream, 2, "plain");
    }

    [Fact]
    public async Task MessageIds_StoreOnce()
    {
        await using var one = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("s")).Within();
        await using var two = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("s")).Within();
        foreach (var (stream, value, id) in new[] { (one, "x", "1"), (one, "y", "2"), (one, "x", "1"), (two, "x", "1") })
        {
            await stream.PublishAsync(value, new StreamPublish(value) { MessageId = id }).Within();
        }

        await UntilAsync(one, "x", "y");
        await UntilAsync(two, "x", "y");
    }

    [Fact]
    public async Task WhatIsNotTheOwners_IsRefused_HereAndByTheServer()
    {
        var client = await Bus.ClientAsync();
        foreach (var isChecked in new[] { true, false })
        {
            var denied = await Assert.ThrowsAsync<ConatException>(() => client.OpenCoreStreamAsync(Stream("../up") with { NoCheck = !isChecked }).Within());
            Assert.Equal(PersistCodes.Forbidden, denied.Code);
            Assert.Contains("permission denied", denied.Message, StringComparison.Ordinal);
            await using var akv = await OpenAkvAsync(isChecked);
            if (akv is not null)
            {
                // Later calls fail at once, with the same code.
                Assert.Equal(PersistCodes.Forbidden, (await Assert.ThrowsAsync<ConatException>(() => akv.GetAsync("a").Within())).Code);
                await Bounded.Until(() => akv.Persist.Failure is not null, "it is refused");
                Assert.Equal(PersistCodes.Forbidden, (await Assert.ThrowsAsync<ConatException>(() => akv.GetAsync("a").Within())).Code);
            }
        }

        async Task<Akv?> OpenAkvAsync(bool isChecked)
        {
            try
            {
                return await client.OpenAkvAsync(Stream("../up") with { NoCheck = !isChecked }).Within();
            }
            catch (ConatException exception) when (isChecked && exception.Code == PersistCodes.Forbidden)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task MaxAge_AndTtl_AreEnforcedByTheNextConfig()
    {
        await using var stream = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("s") with { Config = new StreamConfigurationChange { AllowMsgTtl = true } }).Within();
        await stream.PublishAsync("short", new StreamPublish("short") { TimeToLive = TimeSpan.FromMilliseconds(1) }).Within();
        await stream.PublishAsync("long").Within();
        await Bounded.UntilAsync(async () => (await stream.ConfigAsync(new StreamConfigurationChange { AllowMsgTtl = true })).AllowMsgTtl && stream.GetAll() is [var row] && row.Value.AsText() == "long", "it has expired");
        await Bounded.UntilAsync(async () => (await stream.ConfigAsync(new StreamConfigurationChange { MaxAge = 1 })).MaxAge == 1 && stream.Count == 0, "it is too old");
    }

    [Fact]
    public async Task MaxBytes_KeepsWhatFits()
    {
        await using var stream = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("s") with { Config = new StreamConfigurationChange { MaxBytes = 100 } }).Within();
        await stream.PublishAsync(Text('x', 75)).Within();
        await stream.PublishAsync(Text('y', 90)).Within();
        await UntilAsync(stream, Text('y', 90));
        await stream.PublishAsync(Text('z', 1000)).Within();
        await stream.ConfigAsync(new StreamConfigurationChange { MaxBytes = 100 }).Within();
        await UntilAsync(stream);
        await stream.ConfigAsync(new StreamConfigurationChange { MaxBytes = 60 }).Within();
        foreach (var length in new[] { 40, 45, 1 })
        {
            await stream.PublishAsync(Text('x', length)).Within();
        }

        await UntilAsync(stream, Text('x', 45), "x");
    }

    [Fact]
    public async Task DiscardPolicyNew_RejectsTheNewOnes()
    {
        var config = new StreamConfigurationChange { MaxMsgs = 3, MaxBytes = 300, DiscardPolicy = DiscardPolicy.New, MaxMsgSize = 310 };
        await using var stream = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("s") with { Config = config }).Within();
        var outcomes = await stream.PublishManyAsync([.. new[] { "x", "y", "w", "foo", Text('x', 299), Text('x', 400) }.Select(value => new StreamPublish(value))]).Within();
        await UntilAsync(stream, "x", "y", "w");
        Assert.Equal([null, null, null, "reject", "reject", "reject"], outcomes.Select(outcome => outcome.Error?.Code));
        var error = await Assert.ThrowsAsync<ConatException>(() => stream.PublishAsync(Text('x', 400)).Within());
        Assert.Equal("reject", error.Code);
    }

    [Fact]
    public async Task Load_TellsUnlessSilent()
    {
        var client = await Bus.ClientAsync();
        await using (var stream = await client.OpenCoreStreamAsync(Stream("s")).Within())
        {
            await stream.PublishManyAsync([.. Enumerable.Range(1, 6).Select(n => new StreamPublish(n))]).Within();
        }

        await using var end = await client.OpenCoreStreamAsync(Stream("s") with { StartSeq = 5 }).Within();
        var seqs = new List<long>();
        end.Changed += change => seqs.Add(change.Seq);
        await end.LoadAsync(3, isSilent: true).Within();
        await end.LoadAsync(0).Within();
        AssertValues([1, 2, 3, 4, 5, 6], end.GetAll().Select(row => row.Value));
        Assert.Equal([1, 2], seqs);
    }

    [Fact]
    public async Task AnAstream_ReadsInParts_AndFollows()
    {
        var client = await Bus.ClientAsync();
        await using var stream = await client.OpenAstreamAsync(Stream("s")).Within();
        await stream.PublishAsync("before").Within();
        using var feed = await stream.ChangefeedAsync().Within();
        using var other = await stream.ChangefeedAsync().Within();
        await stream.PushAsync(["a", "b"]).Within();
        await stream.PublishAsync("c", new StreamPublish("c") { Key = "k", Headers = new WireObject { ["h"] = 1 }.Build() }).Within();
        await stream.DeleteAsync(new StreamDeletion { Seq = 2 }).Within();
        foreach (var one in new[] { feed, other })
        {
            var events = await one.Take(4).ToListAsync().AsTask().Within();
            Assert.Equal(["a", "b", "c", null], events.Select(told => told.Message?.Value.AsText()));
            Assert.Equal<long>([2], events[3].Deleted);
            Assert.Equal("k", events[2].Message!.Key);
        }

        AssertValues(["before", "b", "c"], (await stream.GetAllAsync().ToListAsync().AsTask().Within()).Select(row => row.Value));
        AssertValues(["b"], (await stream.GetAllAsync(2, 3).ToListAsync().AsTask().Within()).Select(row => row.Value));
        AssertValue("before", (await stream.GetAsync(1).Within())!.Value);
        AssertValue("c", (await stream.GetAsync("k").Within())!.Value);
        Assert.Null(await stream.GetAsync(99).Within());
        Assert.Equal("0", await stream.Persist.ServerIdAsync().Within());
    }
}
