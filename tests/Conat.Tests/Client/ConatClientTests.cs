using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Client;

/// <summary>The client's behaviour (spec 05 §8, §13), over each transport into the real broker.</summary>
public abstract class ConatClientTests(bool inProcess) : IAsyncLifetime
{
    private readonly List<ConatClient> _clients = [];
    private TestBus _broker = null!;

    public async Task InitializeAsync() => _broker = await TestBus.StartAsync(inProcess);

    public async Task DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync().AsTask().Within();
        }

        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Publishes_ArriveInOrder()
    {
        var client = await NewAsync();
        using var subscription = await client.SubscribeAsync("a");
        var results = await Task.WhenAll(Enumerable.Range(0, 15).Select(n => client.PublishAsync("a", n))).Within();
        Assert.All(results, result => Assert.Equal(1, result.Count));
        for (var n = 0; n < 15; n++)
        {
            Assert.Equal(n, (await subscription.ReadAsync().AsTask().Within())!.Data.AsNumber());
        }
    }

    [Fact]
    public async Task ADisposedSubscription_Ends()
    {
        var client = await NewAsync();
        var subscription = await client.SubscribeAsync("a");
        subscription.Dispose();
        Assert.Null(await subscription.ReadAsync().AsTask().Within());
    }

    [Fact]
    public async Task TwoSubscriptionsToOneSubject_ShareTheBrokersOne()
    {
        var client = await NewAsync();
        var first = await client.SubscribeAsync("a");
        using var second = await client.SubscribeAsync("a");
        await Bounded.Until(() => _broker.Broker.Statistics.Single().Subscriptions == 2, "one subscription beside the inbox");
        Assert.Equal(1, (await client.PublishAsync("a", 1)).Count);
        Assert.NotNull(await first.ReadAsync().AsTask().Within());
        Assert.NotNull(await second.ReadAsync().AsTask().Within());
        first.Dispose();
        Assert.Equal(1, (await client.PublishAsync("a", 2)).Count);
        Assert.Equal(2d, (await second.ReadAsync().AsTask().Within())!.Data.AsNumber());
        Assert.DoesNotContain("unsubscribe a", _broker.Calls);
        second.Dispose();
        Assert.Contains("unsubscribe a", _broker.Calls);
    }

    [Fact]
    public async Task AnotherQueueGroupForOneSubject_IsRefusedUntilTheFirstIsClosed()
    {
        var client = await NewAsync();
        var first = await client.SubscribeAsync("a", new SubscribeOptions { Queue = "1" });
        var error = await Assert.ThrowsAsync<ConatException>(() => client.SubscribeAsync("a", new SubscribeOptions { Queue = "2" }));
        Assert.Equal("client can only have one queue group subscription for a given subject -- subject='a', queue='2'", error.Message);
        first.Dispose();
        using var second = await client.SubscribeAsync("a", new SubscribeOptions { Queue = "2" });
    }

    [Fact]
    public async Task Request_IsAnsweredByAResponderThatIsARequesterToo()
    {
        var client = await NewAsync();
        var other = await NewAsync();
        await using var sum = await other.ServiceAsync("sum", new Dictionary<string, ConatMethod>
        {
            ["to"] = async (call, token) => call[0].AsNumber() is > 0 and var n ? n + (await client.CallAsync("sum", "to", [n - 1], cancellationToken: token)).AsNumber()!.Value : 0d,
        });
        Assert.Equal(55d, (await client.CallAsync("sum", "to", [10]).Within()).AsNumber());
    }

    [Fact]
    public async Task Request_OfNobody_Is503AtOnce()
    {
        var client = await NewAsync();
        var error = await Assert.ThrowsAsync<ConatException>(() => client.RequestAsync("does.not.exist", 1).Within());
        Assert.Equal(("request -- no subscribers matching 'does.not.exist'", "503"), (error.Message, error.Code));
        var many = await Assert.ThrowsAsync<ConatException>(async () => await client.RequestManyAsync("does.not.exist", 1).GetAsyncEnumerator().MoveNextAsync().AsTask().Within());
        Assert.Equal("requestMany -- no subscribers matching does.not.exist", many.Message);
    }

    [Fact]
    public async Task Request_WithoutReply_TimesOut()
    {
        var client = await NewAsync();
        using var subscription = await client.SubscribeAsync("mute");
        var error = await Assert.ThrowsAsync<ConatException>(
            () => client.RequestAsync("mute", 1, new PublishOptions { Timeout = TimeSpan.FromMilliseconds(50) }).Within());
        Assert.Equal(("timeout", "408"), (error.Message, error.Code));
        Assert.Equal(0, client.Statistics.PendingRequests);
    }

    [Fact]
    public async Task Request_WithWaitForInterest_WaitsForTheService()
    {
        var client = await NewAsync();
        var answer = client.RequestAsync("late", "q", new PublishOptions { WaitForInterest = true });
        await Bounded.Until(() => _broker.Calls.Contains("wait late"), "the wait");
        using var subscription = await client.SubscribeAsync("late");
        var request = (await subscription.ReadAsync().AsTask().Within())!;
        await client.RespondAsync(request, "late").Within();
        Assert.Equal("late", (await answer.Within()).Data.AsText());
    }

    [Fact]
    public async Task RequestMany_YieldsUntilTheReaderStops()
    {
        var client = await NewAsync();
        var other = await NewAsync();
        using var subscription = await other.SubscribeAsync("many");
        var responding = Task.Run(async () =>
        {
            var request = (await subscription.ReadAsync().AsTask().Within())!;
            foreach (var item in (double[])[3, 8, 9])
            {
                other.Respond(request, item);
            }

            other.Respond(request, WireValue.Null, new PublishOptions { Headers = new WireObject { ["done"] = true }.Build() });
        });
        var got = new List<double?>();
        await foreach (var reply in client.RequestManyAsync("many", 1))
        {
            if (reply.Header("done").IsTruthy())
            {
                break;
            }

            got.Add(reply.Data.AsNumber());
        }

        Assert.Equal([3d, 8d, 9d], got);
        await responding.Within();
    }

    [Fact]
    public async Task CallMany_EndsAfterSilenceOrEnoughAnswers()
    {
        var client = await NewAsync();
        var methods = new Dictionary<string, ConatMethod> { ["id"] = (_, _) => new((WireValue)1) };
        await using var one = await (await NewAsync()).ServiceAsync("who", methods, new ServiceOptions { Queue = "1" });
        await using var two = await (await NewAsync()).ServiceAsync("who", methods, new ServiceOptions { Queue = "2" });
        Assert.Equal(2, await client.CallManyAsync("who", "id", [], maxWait: TimeSpan.FromMilliseconds(200)).CountAsync().AsTask().Within());
        Assert.Equal(2, await client.CallManyAsync("who", "id", [], maxMessages: 2).CountAsync().AsTask().Within());
        var errors = await client.CallManyAsync("who", "nope", [], maxMessages: 1).ToListAsync().AsTask().Within();
        Assert.Equal("Error: nope not defined", Assert.Single(errors).Error!.Message);
    }

    [Fact]
    public async Task Respond_ToARequesterThatIsGone_TimesOutOrIsSilent()
    {
        var client = await NewAsync();
        var request = new ConatMessage("a", new byte[1], 0, new WireObject { [ConatHeaders.Reply] = "_INBOX.gone.x" }.Build());
        var options = new PublishOptions { Timeout = TimeSpan.FromMilliseconds(50) };
        var error = await Assert.ThrowsAsync<ConatException>(() => client.RespondAsync(request, 1, options).Within());
        Assert.Contains("timed out", error.Message, StringComparison.Ordinal);
        Assert.Equal(default, await client.RespondAsync(request, 1, options with { NoThrow = true }).Within());
    }

    [Fact]
    public async Task Resync_WithNothingToDo_AsksOnce()
    {
        await NewAsync();
        await Bounded.Until(() => _broker.Calls.Contains("subscriptions"), "the comparison");
        await Task.Delay(100);
        Assert.Equal(1, _broker.Calls.Count(call => call == "subscriptions"));
        Assert.DoesNotContain(_broker.Calls, call => call.StartsWith("unsubscribe", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Resync_RemovesWhatIsNotOurs()
    {
        await NewAsync();
        await Bounded.Until(() => _broker.Calls.Contains("subscriptions"), "the comparison");
        await _broker.AddStaleAsync("stale.subject");
        _broker.RepeatInfo();
        await Bounded.Until(() => _broker.Calls.Count(call => call == "subscriptions") == 3, "one comparison that finds it, one that finds nothing");
        Assert.Equal(["unsubscribe stale.subject"], _broker.Calls.Where(call => call.StartsWith("unsubscribe", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task AfterALoss_SubscriptionsComeBackAndRefusedOnesEnd()
    {
        var client = await NewAsync();
        using var kept = await client.SubscribeAsync("kept");
        using var refused = await client.SubscribeAsync("refused");
        _broker.Deny(subject => subject == "refused");
        await _broker.DropAsync();
        var error = await Assert.ThrowsAsync<ConatException>(() => refused.ReadAsync().AsTask().Within());
        Assert.Equal("403", error.Code);
        await client.WaitUntilSignedInAsync().Within();
        Assert.True(await client.WaitForInterestAsync("kept").Within());
        Assert.Equal(1, (await client.PublishAsync("kept", 1).Within()).Count);
        Assert.NotNull(await kept.ReadAsync().AsTask().Within());
    }

    [Fact]
    public async Task BeforeTheConnection_SyncPublishesAreLostAndOthersWait()
    {
        _broker.IsUp = false;
        var client = New();
        using var subscription = client.Subscribe("a");
        client.Start();
        Assert.Equal(5, client.Publish("a", "lost"));
        var published = client.PublishAsync("b", "kept");
        Assert.False(published.IsCompleted);
        _broker.IsUp = true;
        Assert.Equal(5, (await published.Within()).Bytes);
        Assert.True(await client.WaitForInterestAsync("a").Within());
        await client.PublishAsync("a", "second").Within();
        Assert.Equal("second", (await subscription.ReadAsync().AsTask().Within())!.Data.AsText());
    }

    [Theory]
    [InlineData(ConatOverflow.DropOldest, new[] { 8d, 9d })]
    [InlineData(ConatOverflow.DropNewest, new[] { 0d, 1d })]
    [InlineData(ConatOverflow.End, new[] { 0d, 1d })]
    public async Task AFullSubscription_DropsAsItShall(ConatOverflow overflow, double[] left)
    {
        var client = await NewAsync();
        using var subscription = await client.SubscribeAsync("a", new SubscribeOptions { MaxMessages = 2, Overflow = overflow });
        using var unbounded = await client.SubscribeAsync("a");
        for (var n = 0; n < 10; n++)
        {
            await client.PublishAsync("a", n);
        }

        for (var n = 0; n < 10; n++)
        {
            await unbounded.ReadAsync().AsTask().Within();
        }

        await Bounded.Until(() => subscription.DroppedMessages >= (overflow == ConatOverflow.End ? 1 : 8), "what has no room is dropped");
        foreach (var value in left)
        {
            Assert.Equal(value, (await subscription.ReadAsync().AsTask().Within())!.Data.AsNumber());
        }

        if (overflow == ConatOverflow.End)
        {
            await Assert.ThrowsAsync<ConatException>(() => subscription.ReadAsync().AsTask().Within());
        }
    }

    [Fact]
    public async Task AClosedClient_PublishesNothingAndRefusesTheRest()
    {
        var client = await NewAsync();
        var subscription = await client.SubscribeAsync("a");
        var waiting = client.RequestAsync("a", 1);
        await Bounded.Until(() => client.Statistics.ReceivedMessages == 1, "the request");
        await client.DisposeAsync().AsTask().Within();
        Assert.Equal("closed", (await Assert.ThrowsAsync<ConatException>(() => waiting.Within())).Message);
        Assert.Equal(ConatState.Closed, client.State);
        Assert.Equal(default, await client.PublishAsync("a", 1).Within());
        Assert.Equal(0, client.Publish("a", 1));
        Assert.Equal("closed", (await Assert.ThrowsAsync<ConatException>(() => client.SubscribeAsync("b").Within())).Message);
        Assert.Equal("closed", (await Assert.ThrowsAsync<ConatException>(() => client.RequestAsync("b", 1).Within())).Message);
        Assert.NotNull(await subscription.ReadAsync().AsTask().Within());
        Assert.Null(await subscription.ReadAsync().AsTask().Within());
        Assert.Contains("unsubscribe a", _broker.Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("a.*")]
    public async Task AnInvalidSubject_IsRefusedHere(string subject)
    {
        var client = await NewAsync();
        Assert.Equal("Error: invalid subject", (await Assert.ThrowsAsync<ConatException>(() => client.PublishAsync(subject, 1).Within())).Message);
    }

    private ConatClient New()
    {
        var client = new ConatClient(_broker, new ConatClientOptions
        {
            FirstReconnectDelay = TimeSpan.FromMilliseconds(20),
            MaxReconnectDelay = TimeSpan.FromMilliseconds(50),
            FirstResyncDelay = TimeSpan.FromMilliseconds(20),
            FirstRetryDelay = TimeSpan.FromMilliseconds(20),
        });
        _clients.Add(client);
        return client;
    }

    private async Task<ConatClient> NewAsync()
    {
        var client = New();
        await client.ConnectAsync().Within();
        return client;
    }
}
