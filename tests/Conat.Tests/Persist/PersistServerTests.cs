using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Persist;

public sealed class PersistServerTests
{
    [Fact]
    public async Task LoadBalancer_TellsTheServer()
    {
        await using var bus = await PersistBus.StartAsync();
        var client = await bus.ConnectAsync();
        Assert.Equal("0", (await client.RequestAsync(PersistSubjects.LoadBalancer(PersistBus.Owner), WireValue.Null).Within()).Data.AsText());
        var status = await client.RequestAsync($"{PersistSubjects.Of(PersistBus.Owner)}.server.status", WireValue.Null).Within();
        Assert.Equal("""{"id":"0"}""", status.Data.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Messages_AreKept(bool ephemeral)
    {
        await using var bus = await PersistBus.StartAsync();
        await using var socket = await bus.OpenAsync("foo", ephemeral);
        var headers = new WireObject { ["foo"] = "bar" }.Build();
        var set = await socket.SetAsync("hi", new WireObject { ["headers"] = headers });
        Assert.Equal(1, set.Seq);
        var found = await socket.GetAsync(new WireObject { ["seq"] = 1 });
        Assert.Equal(("hi", $$"""{"foo":"bar","seq":1,"time":{{set.Time}}}"""), (found.Data.AsText(), found.Headers!.ToString()));
        var missing = await socket.GetAsync(new WireObject { ["key"] = "nope" });
        Assert.Equal((WireValue.Null, null), (missing.Data, missing.Headers));
        await socket.SetAsync(1, new WireObject { ["key"] = "k" });
        Assert.Equal(3, (await socket.SetAsync(2, new WireObject { ["key"] = "k" })).Seq);
        var (all, parts) = await socket.GetAllAsync();
        Assert.Equal((1, "1,3"), (parts, string.Join(',', all.Select(message => message.Seq))));
        Assert.Equal("""["k"]""", (await socket.CallAsync("keys")).ToString());
        Assert.Equal("""{"bytes":18,"count":2,"limits":{},"seq":3}""", (await socket.CallAsync("inventory")).ToString());
        Assert.Equal("""{"seqs":[1,3]}""", (await socket.CallAsync("delete", new WireObject { ["all"] = true })).ToString());
        Assert.Equal(4, (await socket.SetAsync(2)).Seq);
    }

    [Fact]
    public async Task Streams_SurviveTheServer_UnlessTheyAreEphemeral()
    {
        await using var bus = await PersistBus.StartAsync();
        await using (var kept = await bus.OpenAsync("kept"))
        {
            await using var lost = await bus.OpenAsync("lost", ephemeral: true);
            await kept.SetAsync("x");
            await kept.CallAsync("delete", new WireObject { ["all"] = true });
            await kept.SetAsync("y");
            await lost.SetAsync("x");
            await bus.StopServerAsync();
            await kept.Socket.Completion.Within();
            await lost.Socket.Completion.Within();
        }

        Assert.False(File.Exists(bus.FileOf("kept") + "-wal"));
        Assert.False(File.Exists(bus.FileOf("lost")));
        await bus.StartServerAsync();
        await using var again = await bus.OpenAsync("kept");
        Assert.Equal(2, Assert.Single((await again.GetAllAsync()).Messages).Seq);
        Assert.Equal(3, (await again.SetAsync("z")).Seq);
        await using var empty = await bus.OpenAsync("lost", ephemeral: true);
        Assert.Equal(1, (await empty.SetAsync("z")).Seq);
    }

    [Fact]
    public async Task TheFirstOpener_DecidesWhatAStreamIs()
    {
        await using var bus = await PersistBus.StartAsync();
        await using (var persistent = await bus.OpenAsync("s"))
        {
            await persistent.SetAsync("on disk");
        }

        await Bounded.Until(() => bus.Server.OpenStreams == 0, "it is closed");
        await using (var first = await bus.OpenAsync("s", ephemeral: true))
        {
            Assert.Empty((await first.GetAllAsync()).Messages);
            await first.SetAsync("in memory");
            await using var second = await bus.OpenAsync("s");
            Assert.Equal("in memory", (await second.GetAsync(new WireObject { ["seq"] = 1 })).Data.AsText());
        }

        await Bounded.Until(() => bus.Server.OpenStreams == 0, "it is closed");
        await using var again = await bus.OpenAsync("s");
        Assert.Equal("on disk", (await again.GetAsync(new WireObject { ["seq"] = 1 })).Data.AsText());
    }

    [Fact]
    public async Task ChangeFeed_TellsAllWhatHappens()
    {
        await using var bus = await PersistBus.StartAsync();
        await using var writer = await bus.OpenAsync("s", changefeed: true);
        await using var reader = await bus.OpenAsync("s");
        await writer.SetAsync("before", new WireObject { ["key"] = "k" });
        Assert.Equal("created", (await reader.CallAsync("changefeed")).AsText());
        Assert.Equal("created", (await reader.CallAsync("changefeed")).AsText());
        await writer.SetAsync("v", new WireObject { ["key"] = "k", ["msgID"] = "m" });
        await writer.CallAsync("delete", new WireObject { ["seqs"] = new WireValue.Items([2, 99]) });
        await writer.CallAsync("delete", new WireObject { ["seq"] = 5 });
        var set = Assert.IsType<StreamEvent.Stored>(await reader.NextEventAsync());
        Assert.Equal((2, "k", "m"), (set.Message.Seq, set.Message.Key, set.MessageId));
        Assert.Equal("2,99", string.Join(",", Assert.IsType<StreamEvent.Deleted>(await reader.NextEventAsync()).Seqs));
        Assert.Empty(Assert.IsType<StreamEvent.Deleted>(await reader.NextEventAsync()).Seqs);
        Assert.Equal(1, Assert.IsType<StreamEvent.Stored>(await writer.NextEventAsync()).Message.Seq);
        Assert.Equal(2, Assert.IsType<StreamEvent.Stored>(await writer.NextEventAsync()).Message.Seq);
    }

    [Fact]
    public async Task ASlowReader_IsClosed_AndNoWriterFails()
    {
        await using var bus = await PersistBus.StartAsync(options => options with { FlushInterval = TimeSpan.FromMilliseconds(1) });
        await using var writer = await bus.OpenAsync("s", ephemeral: true);
        await using var reader = await bus.OpenAsync("s", ephemeral: true, changefeed: true);
        await reader.CallAsync("inventory");
        var body = new WireValue.Bytes(new byte[1_000_000]);
        for (var i = 0; !reader.Socket.Completion.IsCompleted; i++)
        {
            Assert.True(i < 2_000, "The reader is still there.");
            await writer.SetAsync(body);
        }

        await writer.SetAsync("the writer goes on");
    }

    [Fact]
    public async Task Requests_WaitForTheOpenFrame_AndNotForEver()
    {
        await using var bus = await PersistBus.StartAsync();
        var client = await bus.ConnectAsync();
        await using var socket = StreamSocket.Open(client, PersistSubjects.Of(PersistBus.Owner), open: null);
        var late = await socket.FailAsync("keys", new WireObject { ["timeout"] = 70 });
        Assert.Equal(("Error: once: timeout of 70ms waiting for \"stream-initialized\"", "408"), (late.Message, late.Code));
        Task<WireValue>[] waiting = [.. Enumerable.Range(0, 50).Select(i => socket.CallAsync("set", data: i))];
        socket.Socket.Write(new PersistOpen(PersistBus.PathOf("s")).ToWire());
        Assert.Equal(Enumerable.Range(1, 50), (await Task.WhenAll(waiting).Within()).Select(result => (int)((WireValue.Members)result)["seq"].AsNumber()!));
    }

    [Fact]
    public async Task AFailedOpening_IsToldAtOnce_AndStays()
    {
        await using var bus = await PersistBus.StartAsync();
        var client = await bus.ConnectAsync();
        await using var socket = StreamSocket.Open(client, PersistSubjects.Of(PersistBus.Owner), open: null);
        var waiting = socket.FailAsync("keys");
        socket.Socket.Write(new WireObject { ["storage"] = 5 }.Build());
        var told = await Assert.ThrowsAsync<ConatException>(socket.NextEventAsync);
        Assert.Equal(("Error: storage.path must be given", "400"), (told.Message, told.Code));
        Assert.Equal(("Error: Error: storage.path must be given", "400"), ((await waiting).Message, (await waiting).Code));
        socket.Socket.Write(new PersistOpen(PersistBus.PathOf("s")).ToWire());
        Assert.Equal("Error: Error: storage.path must be given", (await socket.FailAsync("keys")).Message);
        Assert.Equal(0, bus.Server.OpenStreams);
    }

    [Fact]
    public async Task TooManyStreams_AreRefused()
    {
        await using var bus = await PersistBus.StartAsync(options => options with { MaxOpenPerScope = 2, MaxOpen = 3 });
        var hub = await bus.ConnectAsync(ConatUser.Hub("hub"));
        await using var one = await bus.OpenAsync("1");
        await using var two = await bus.OpenAsync("2");
        await one.CallAsync("keys");
        await two.CallAsync("keys");
        await using (var third = await bus.OpenAsync("3"))
        {
            var error = await Assert.ThrowsAsync<ConatException>(third.NextEventAsync);
            Assert.Equal("Error: There is a per user limit of 2 persistent storage.   Please close browser tabs or files or come back later.", error.Message);
            Assert.Equal("429", error.Code);
        }

        await using var hubs = StreamSocket.Open(hub, "persist.hub", new PersistOpen("hub/a"));
        await hubs.CallAsync("keys");
        await using (var fourth = StreamSocket.Open(hub, "persist.hub", new PersistOpen("hub/b")))
        {
            Assert.Contains("global limit of 3", (await Assert.ThrowsAsync<ConatException>(fourth.NextEventAsync)).Message, StringComparison.Ordinal);
        }

        await one.DisposeAsync();
        await Bounded.UntilAsync(
            async () =>
            {
                await using var again = await bus.OpenAsync("4");
                return ConatHeaders.ErrorIn((await again.AskAsync(new WireObject { ["cmd"] = "keys" })).Headers) is null;
            },
            "there is room again");
    }

    [Theory]
    [InlineData("nonsense", "unknown command nonsense", "404")]
    [InlineData(null, "unknown command undefined", "404")]
    [InlineData("sqlite", "Error: sqlite command not currently supported", null)]
    [InlineData("setMany", "Error: the messages must be an array", "400")]
    public async Task WhatCantBeDone_IsAnError(string? command, string text, string? code)
    {
        await using var bus = await PersistBus.StartAsync();
        await using var socket = await bus.OpenAsync("s", ephemeral: true);
        var answer = await socket.AskAsync(new WireObject { ["cmd"] = command is null ? null : (WireValue)command });
        var error = ConatHeaders.ErrorIn(answer.Headers)!;
        Assert.Equal((text, code, WireValue.Null), (error.Message, error.Code, answer.Data));
    }

    [Fact]
    public async Task WrongParameters_AreRefused()
    {
        await using var bus = await PersistBus.StartAsync();
        await using var socket = await bus.OpenAsync("s", ephemeral: true);
        Assert.Equal(("Error: key must be a string", "400"), Of(await socket.FailAsync("set", new WireObject { ["key"] = 5 })));
        Assert.Equal(("Error: ttl must be a number", "400"), Of(await socket.FailAsync("set", new WireObject { ["ttl"] = "soon" })));
        Assert.Equal(("Error: config must be an object", "400"), Of(await socket.FailAsync("config", new WireObject { ["config"] = 5 })));
        Assert.Equal(("Error: seqs must be an array of numbers", "400"), Of(await socket.FailAsync("delete", new WireObject { ["seqs"] = "all" })));
        Assert.Equal(("Error: wrong last sequence", "wrong-last-sequence"), Of(await socket.FailAsync("set", new WireObject { ["key"] = "new", ["previousSeq"] = 0 })));
        Assert.Equal("""{"bytes":0,"count":0,"limits":{},"seq":0}""", (await socket.CallAsync("inventory")).ToString());

        static (string Message, string? Code) Of(ConatException error) => (error.Message, error.Code);
    }

    [Fact]
    public async Task SetMany_PutsErrorsInTheirPlaces()
    {
        await using var bus = await PersistBus.StartAsync();
        await using var socket = await bus.OpenAsync("s");
        await socket.CallAsync("config", new WireObject { ["config"] = new WireObject { ["max_msg_size"] = 5 }.Build() });
        var results = await socket.CallAsync("setMany", data: new WireValue.Items([Element(1), 7, Element(10), Element(2)]));
        var texts = ((WireValue.Items)results).Values.Select(result => result is WireValue.Members members && members.Has("seq") ? $"{members["seq"].AsNumber()}" : result.ToString());
        Assert.Equal(
            ["1", """{"error":"Error: messageData must be given, with encoding and raw","code":400}""", """{"error":"Error: max_msg_size of 5 bytes exceeded","code":"reject"}""", "2"],
            texts);

        static WireValue Element(int bytes) => new WireObject
        {
            ["messageData"] = new WireObject { ["encoding"] = 0, ["raw"] = new WireValue.Bytes(new byte[bytes]) }.Build(),
        }.Build();
    }

    [Fact]
    public async Task GetAll_ComesInParts_AndStopsAtTheEnd()
    {
        await using var bus = await PersistBus.StartAsync(options => options with { MaxBatchBytes = 250, MaxBatchMessages = 5 });
        await using var socket = await bus.OpenAsync("s");
        for (var i = 0; i < 10; i++)
        {
            await socket.SetAsync(new WireValue.Bytes(new byte[98]));
        }

        var (all, parts) = await socket.GetAllAsync();
        Assert.Equal((10, 4), (all.Length, parts));
        for (var i = 0; i < 12; i++)
        {
            await socket.SetAsync(i);
        }

        (all, parts) = await socket.GetAllAsync(new WireObject { ["start_seq"] = 11, ["end_seq"] = 21 });
        Assert.Equal((11, 3), (all.Length, parts));
        Assert.Empty((await socket.GetAllAsync(new WireObject { ["start_seq"] = 100 })).Messages);
    }
}
