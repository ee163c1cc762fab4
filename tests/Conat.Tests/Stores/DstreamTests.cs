using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

public sealed class InProcessDstreamTests() : DstreamTests(isInProcess: true);

public sealed class SocketIoDstreamTests() : DstreamTests(isInProcess: false);

/// <summary>Dstreams (spec 07 §15.3).</summary>
public abstract class DstreamTests(bool isInProcess) : StoreTests(isInProcess)
{
    [Fact]
    public async Task Push_IsSeenAtOnce_AndSaved()
    {
        var client = await Bus.ClientAsync();
        await using var stream = await client.OpenDstreamAsync(Stream("s")).Within();
        var times = 0;
        stream.Stable += () => Interlocked.Increment(ref times);
        stream.Push("m");
        AssertValues(["m"], stream.GetAll());
        Assert.Equal(1, stream.Count);
        AssertValue("m", stream[0]);
        AssertValues(["m"], stream.UnsavedChanges());
        Assert.Null(stream.Seq(0));
        Assert.Null(stream.Time(0));
        await stream.SaveAsync().Within();
        Assert.Empty(stream.UnsavedChanges());
        AssertValues(["m"], stream.GetAll());
        await Bounded.Until(() => stream.Seq(0) > 0 && stream.Time(0) is not null, "it is told");
        await Bounded.Until(() => Volatile.Read(ref times) == 1, "it is stable");
    }

    [Fact]
    public async Task Reopened_HasItAll_AndTheClosedOneThrows()
    {
        var client = await Bus.ClientAsync();
        var stream = await client.OpenDstreamAsync(Stream("s", noAutosave: false)).Within();
        stream.Push("m");
        await stream.SaveAsync().Within();
        await stream.DisposeAsync();
        await stream.DisposeAsync();
        Assert.Equal("closed", Assert.Throws<ConatException>(() => stream.GetAll()).Message);
        Assert.Equal("closed", Assert.Throws<ConatException>(() => stream.Publish("x")).Message);
        await using var again = await client.OpenDstreamAsync(Stream("s")).Within();
        AssertValues(["m"], again.GetAll());
    }

    [Fact]
    public async Task WithoutAutosave_OthersSeeItAfterTheSaveOnly_AndAClosedOneLosesIt()
    {
        var options = Stream("s") with { NoCache = true };
        var client = await Bus.ClientAsync();
        await using var one = await client.OpenDstreamAsync(options).Within();
        await using (var other = await client.OpenDstreamAsync(options).Within())
        {
            other.Push("lost");
        }

        await using var two = await client.OpenDstreamAsync(options).Within();
        one.Push("x");
        await two.ConfigAsync().Within();
        Assert.Empty(two.GetAll());
        await one.SaveAsync().Within();
        await UntilAsync(two, "x");
    }

    [Fact]
    public async Task BothPushAndSaveAtOnce_SeeTheSame()
    {
        await using var one = await (await Bus.ClientAsync()).OpenDstreamAsync(Stream("s")).Within();
        await using var two = await (await Bus.ClientAsync()).OpenDstreamAsync(Stream("s")).Within();
        one.Push("1", "2");
        two.Push("3", "4");
        await Task.WhenAll(one.SaveAsync(), two.SaveAsync()).Within();
        await Bounded.Until(() => one.GetRows().Count == 4 && two.GetRows().Count == 4, "both have all");
        AssertValues(one.GetAll(), two.GetAll());
    }

    [Fact]
    public async Task PushOfSeveral_IsOneRequest()
    {
        var client = await Bus.ClientAsync();
        await using var stream = await client.OpenDstreamAsync(Stream("s", noAutosave: false)).Within();
        using var seen = await Bus.Spy.SubscribeAsync("persist.*.server.*.*").Within();
        stream.Push("a", "b", "c");
        await stream.SaveAsync().Within();
        while (true)
        {
            var message = (await seen.ReadAsync().AsTask().Within())!;
            if (message.Header("cmd").AsText() == PersistCommands.SetMany)
            {
                Assert.Equal(3, ((WireValue.Items)message.Data).Values.Length);
                return;
            }
        }
    }

    [Fact]
    public async Task StartSeq_LoadsTheEnd_AndLoadTheRest()
    {
        var client = await Bus.ClientAsync();
        IReadOnlyList<StreamMessage> rows;
        await using (var stream = await client.OpenDstreamAsync(Stream("s", noAutosave: false)).Within())
        {
            stream.Push([.. Enumerable.Range(0, 99).Select(n => (WireValue)n)]);
            await stream.SaveAsync().Within();
            await Bounded.Until(() => stream.GetRows().Count == 99, "all are told");
            rows = stream.GetRows();
        }

        await using var end = await client.OpenDstreamAsync(Stream("s") with { StartSeq = rows[98].Seq }).Within();
        AssertValues([98], end.GetAll());
        await end.LoadAsync(rows[49].Seq).Within();
        AssertValues(Enumerable.Range(49, 50).Select(n => (WireValue)n), end.GetAll());
        await end.LoadAsync(0).Within();
        AssertValues(Enumerable.Range(0, 99).Select(n => (WireValue)n), end.GetAll());
    }

    [Fact]
    public async Task Delete_IsSeenByBoth()
    {
        await using var one = await (await Bus.ClientAsync()).OpenDstreamAsync(Stream("s")).Within();
        await using var two = await (await Bus.ClientAsync()).OpenDstreamAsync(Stream("s")).Within();
        one.Push("x", "y", "z");
        await one.SaveAsync().Within();
        await UntilAsync(two, "x", "y", "z");
        await Bounded.Until(() => one.GetRows().Count == 3, "all are told");
        var seqs = one.GetRows().Select(row => row.Seq).ToArray();
        Assert.Equal(seqs[..2], await one.DeleteAsync(new StreamDeletion { LastIndex = 1 }).Within());
        await UntilAsync(one, "z");
        await UntilAsync(two, "z");
        two.Push("u", "v", "w");
        await two.SaveAsync().Within();
        await UntilAsync(one, "z", "u", "v", "w");
        await Bounded.Until(() => two.GetRows().Count == 4, "all are told");
        seqs = [.. two.GetRows().Select(row => row.Seq)];
        Assert.Equal([seqs[1]], await two.DeleteAsync(new StreamDeletion { Seq = seqs[1] }).Within());
        Assert.Equal([seqs[2]], await two.DeleteAsync(new StreamDeletion { Seqs = [seqs[2]] }).Within());
        await UntilAsync(one, "z", "w");
        Assert.Equal([seqs[0]], await two.DeleteAsync(new StreamDeletion { LastSeq = seqs[0] }).Within());
        await UntilAsync(one, "w");
        Assert.Empty(await one.DeleteAsync(new StreamDeletion { LastIndex = -1 }).Within());
        await one.DeleteAsync(new StreamDeletion { LastIndex = 5 }).Within();
        await UntilAsync(two);
    }

    [Fact]
    public async Task Headers_AreVisibleWhenTold()
    {
        var client = await Bus.ClientAsync();
        await using var stream = await client.OpenDstreamAsync(Stream("s")).Within();
        var headers = new WireObject { ["foo"] = new WireObject { ["10"] = 5 }.Build() }.Build();
        stream.Publish("x", headers);
        Assert.Null(stream.Headers(0));
        await stream.SaveAsync().Within();
        await Bounded.Until(() => stream.Headers(0) is not null, "it is told");
        AssertValue(headers, stream.Headers(0));
    }

    [Fact]
    public async Task MaxMsgs_KeepsTheLast_OnBothAndReopened()
    {
        var options = Stream("s") with { Config = new StreamConfigurationChange { MaxMsgs = 2 } };
        await using var one = await (await Bus.ClientAsync()).OpenDstreamAsync(options).Within();
        var client = await Bus.ClientAsync();
        await using var two = await client.OpenDstreamAsync(options).Within();
        foreach (var text in new[] { "a", "b", "c" })
        {
            one.Push(text);
            await one.SaveAsync().Within();
        }

        await UntilAsync(one, "b", "c");
        await UntilAsync(two, "b", "c");
        await using var again = await client.OpenDstreamAsync(options with { NoCache = true }).Within();
        AssertValues(["b", "c"], again.GetAll());
    }

    [Fact]
    public async Task MaxMsgSize_RejectsTheLargeOne()
    {
        var client = await Bus.ClientAsync();
        await using var stream = await client.OpenDstreamAsync(Stream("s") with { Config = new StreamConfigurationChange { MaxMsgSize = 50 } }).Within();
        var rejects = new List<DstreamReject>();
        stream.Rejected += reject =>
        {
            lock (rejects)
            {
                rejects.Add(reject);
            }
        };
        stream.Push(Text('x', 40), Text('y', 60), "x");
        await stream.SaveAsync().Within();
        await UntilAsync(stream, Text('x', 40), "x");
        var reject = Assert.Single(rejects);
        AssertValue(Text('y', 60), reject.Value);
        Assert.Contains("max_msg_size", reject.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_IsKept()
    {
        var client = await Bus.ClientAsync();
        var description = new WireObject { ["path"] = "a.txt" }.Build();
        StreamConfiguration config;
        await using (var stream = await client.OpenDstreamAsync(Stream("s") with { Config = new StreamConfigurationChange { Desc = description, MaxMsgs = 7 } }).Within())
        {
            config = await stream.ConfigAsync().Within();
            AssertValue(description, config.Desc);
        }

        await using var again = await client.OpenDstreamAsync(Stream("s")).Within();
        AssertValue(config.ToWire(), (await again.ConfigAsync().Within()).ToWire());
    }

    [Fact]
    public async Task TooMuchUnsaved_IsRefused()
    {
        var client = await Bus.ClientAsync();
        await using var stream = await client.OpenDstreamAsync(Stream("s") with { MaxUnsavedChanges = 2, MaxUnsavedBytes = 100 }).Within();
        stream.Push(Text('x', 200));
        Assert.Equal("429", Assert.Throws<ConatException>(() => stream.Publish("y")).Code);
        AssertValues([Text('x', 200)], stream.GetAll());
        await stream.SaveAsync().Within();
        stream.Push("a", "b");
        Assert.Equal("429", Assert.Throws<ConatException>(() => stream.Publish("c")).Code);
    }
}
