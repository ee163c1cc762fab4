using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

public sealed class InProcessInterruptionTests() : InterruptionTests(isInProcess: true);

public sealed class SocketIoInterruptionTests() : InterruptionTests(isInProcess: false);

/// <summary>Servers that are restarted and networks that are cut (spec 07 §2, §15.1, §15.4).</summary>
public abstract class InterruptionTests(bool isInProcess) : StoreTests(isInProcess)
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        // Connections are tried again after 1.5 seconds and more.
        Bus.Time = new FastTime(5);
    }

    [Fact]
    public async Task ARestartedServer_HasItAll_AndIsFoundAgain()
    {
        var client = await Bus.ClientAsync();
        await using var stream = await client.OpenAstreamAsync(Stream("s")).Within();
        var stored = await stream.PublishAsync("hi", new StreamPublish("hi") { Headers = new WireObject { ["foo"] = "bar" }.Build() }).Within();
        await Bus.StopPersistAsync();
        await Bounded.UntilAsync(
            async () =>
            {
                var error = await Record.ExceptionAsync(() => stream.GetAsync(stored.Seq, TimeSpan.FromMilliseconds(50)));
                return error is ConatException { Code: PersistCodes.TimedOut or PersistCodes.Unavailable } && error.Message.Contains("no subscribers", StringComparison.Ordinal);
            },
            "nobody is there");
        Bus.StartPersist();
        var row = await stream.GetAsync(stored.Seq).Within();
        AssertValue("hi", row!.Value);
        AssertValue("bar", row.Headers!["foo"]);
    }

    [Fact]
    public async Task WhatIsSetMeanwhile_IsSavedLater()
    {
        var (client, transport) = await Bus.ConnectAsync();
        await using var map = await client.OpenDkvAsync(Map("m", noAutosave: false)).Within();
        await using var other = await (await Bus.ClientAsync()).OpenDkvAsync(Map("m")).Within();
        map.Set("a", 1);
        await map.SaveAsync().Within();
        await Bus.StopPersistAsync();
        await transport.DropAsync();
        map.Set("b", 2);
        map.Delete("a");
        Bus.StartPersist();
        await map.SaveAsync().Within();
        Assert.False(map.HasUnsavedChanges);
        await UntilAsync(other, ("b", 2));
    }

    [Fact]
    public async Task TheGap_IsMadeUpFor_AlsoItsDeletes_AndNothingIsToldTwice()
    {
        var (client, transport) = await Bus.ConnectAsync();
        await using var writer = await (await Bus.ClientAsync()).OpenCoreStreamAsync(Stream("s")).Within();
        await writer.PublishManyAsync([.. new[] { "1", "2", "3" }.Select(value => new StreamPublish(value))]).Within();
        await writer.SetKeyAsync("k", "v1").Within();
        await using var stream = await client.OpenCoreStreamAsync(Stream("s")).Within();
        var told = new List<string>();
        stream.Changed += change =>
        {
            lock (told)
            {
                told.Add($"{(change.Message is null ? "-" : "+")}{change.Seq}{change.Key}");
            }
        };
        transport.IsUp = false;
        await transport.DropAsync();
        await writer.DeleteAsync(new StreamDeletion { Seqs = [2] }).Within();
        await writer.SetKeyAsync("k", "v2").Within();
        await writer.PublishAsync("6").Within();
        transport.IsUp = true;
        await UntilAsync(stream, "1", "3", "v2", "6");
        await writer.PublishAsync("7").Within();
        await UntilAsync(stream, "1", "3", "v2", "6", "7");
        Assert.Equal(["+5k", "+6", "-2", "+7"], told);
    }

    [Fact]
    public async Task AnEphemeralStreamThatBeganAnew_IsTakenAsItIs()
    {
        var options = Stream("e") with { IsEphemeral = true };
        var client = await Bus.ClientAsync();
        await using var stream = await client.OpenCoreStreamAsync(options).Within();
        await stream.PublishManyAsync([.. Enumerable.Range(1, 5).Select(n => new StreamPublish(n) { Key = n == 3 ? "k" : null })]).Within();
        await UntilAsync(stream, 1, 2, 3, 4, 5);
        await Bus.StopPersistAsync();
        Bus.StartPersist();
        await using var other = await (await Bus.ClientAsync()).OpenCoreStreamAsync(options).Within();
        await other.PublishAsync("new").Within();
        await other.SetKeyAsync("k", "of the new").Within();
        await UntilAsync(stream, "new", "of the new");
        await other.PublishAsync("later").Within();
        await UntilAsync(stream, "new", "of the new", "later");
    }

    [Fact]
    public async Task AFeed_BringsTheGap_Once()
    {
        var (client, transport) = await Bus.ConnectAsync();
        await using var writer = await (await Bus.ClientAsync()).OpenAstreamAsync(Stream("s")).Within();
        await writer.PublishAsync("old").Within();
        await using var reader = await client.OpenAstreamAsync(Stream("s")).Within();
        using var feed = await reader.ChangefeedAsync().Within();
        await writer.PublishAsync("1").Within();
        await transport.DropAsync();
        await writer.PushAsync(["2", "3"]).Within();
        await Bus.StopPersistAsync();
        Bus.StartPersist();
        await writer.PublishAsync("4").Within();
        var events = await feed.Take(4).ToListAsync().AsTask().Within();
        Assert.Equal(["1", "2", "3", "4"], events.Select(told => told.Message?.Value.AsText()));
    }

    [Fact]
    public async Task TwoClientsUnderRandomOperationsAndLosses_Converge()
    {
        const int Rounds = 4;
        var random = new Random(20260701);
        var one = await Bus.ConnectAsync();
        var two = await Bus.ConnectAsync();
        await using var first = await one.Client.OpenDkvAsync(Map("m", noAutosave: false)).Within();
        await using var second = await two.Client.OpenDkvAsync(Map("m", noAutosave: false) with { Merge = conflict => $"{conflict.Local}|{conflict.Remote}" is { Length: < 200 } merged ? merged : conflict.Remote }).Within();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < 60; i++)
            {
                var map = random.Next(2) == 0 ? first : second;
                var key = $"k{random.Next(8)}";
                map.Set(key, random.Next(4) == 0 ? null : (WireValue)random.Next(1000));
                if (random.Next(10) == 0)
                {
                    await Task.Yield();
                }

                if (random.Next(30) == 0)
                {
                    await (random.Next(2) == 0 ? one : two).Transport.DropAsync();
                }
            }

            if (round == 1)
            {
                await Bus.StopPersistAsync();
                Bus.StartPersist();
            }
        }

        await Bounded.UntilAsync(
            async () =>
            {
                await Task.WhenAll(first.SaveAsync(), second.SaveAsync());
                return Same(first.GetAll(), second.GetAll()) && !first.HasUnsavedChanges && !second.HasUnsavedChanges;
            },
            "both are the same");
        await using var third = await (await Bus.ClientAsync()).OpenDkvAsync(Map("m")).Within();
        Assert.True(Same(first.GetAll(), third.GetAll()));

        static bool Same(IReadOnlyDictionary<string, WireValue> values, IReadOnlyDictionary<string, WireValue> others) =>
            values.Count == others.Count && values.All(pair => others.TryGetValue(pair.Key, out var other) && pair.Value.DeepEquals(other));
    }
}
