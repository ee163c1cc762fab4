using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Services;

/// <summary>Services and their callers (spec 06 §3.1, §5), over the real broker.</summary>
public sealed class ConatServiceTests : IAsyncLifetime
{
    private static readonly PublishOptions Undecodable = new() { Raw = new byte[] { 0xc1 } };
    private static readonly WireValue Empty = new WireObject().Build();

    private TestBus _bus = null!;
    private ConatClient _server = null!;
    private ConatClient _caller = null!;

    public async Task InitializeAsync()
    {
        _bus = await TestBus.StartAsync();
        _server = await _bus.ConnectAsync();
        _caller = await _bus.ConnectAsync();
    }

    public Task DisposeAsync() => _bus.DisposeAsync().AsTask();

    [Theory]
    [InlineData("{\"name\":\"ping\"}", "\"pong\"")]
    [InlineData("{\"name\":\"echo\",\"args\":[1,2]}", "[1,2]")]
    [InlineData("{\"name\":\"system.echo.more\",\"args\":[1]}", "\"system.echo\"")]
    [InlineData("{\"name\":\"echo\"}", "[]")]
    [InlineData("{\"name\":\"echo\",\"args\":null}", "[]")]
    [InlineData("{\"name\":\"nothing\",\"args\":[]}", "null")]
    [InlineData("{\"name\":\"fail\",\"args\":[]}", "{\"error\":\"Error: bad thing\"}")]
    [InlineData("{\"name\":\"system.nope\",\"args\":[]}", "{\"error\":\"Error: unknown function 'system.nope'\"}")]
    [InlineData("{\"args\":[]}", "{\"error\":\"Error: unknown function 'undefined'\"}")]
    [InlineData("{\"name\":7,\"args\":[]}", "{\"error\":\"Error: unknown function '7'\"}")]
    [InlineData("{\"name\":\"echo\",\"args\":5}", "{\"error\":\"Error: args must be an array\"}")]
    [InlineData("null", "{\"error\":\"Error: unknown function 'undefined'\"}")]
    [InlineData("\"ping\"", "{\"error\":\"Error: unknown function 'undefined'\"}")]
    public Task Api_AnswersAsTheTable(string request, string answer) => AnswersAsync(ServiceOptions.Api, request, answer);

    [Theory]
    [InlineData("\"ping\"", "\"pong\"")]
    [InlineData("{\"name\":\"echo\",\"args\":[1]}", "[1]")]
    [InlineData("{\"name\":\"fail\",\"args\":[]}", "{\"error\":\"Error: bad thing\"}")]
    [InlineData("{\"name\":\"nosuch\",\"args\":[]}", "{\"error\":\"Error: unknown function 'nosuch'\"}")]
    [InlineData("null", "{\"error\":\"Error: unknown function 'undefined'\"}")]
    public Task Typed_AnswersAsTheTable(string request, string answer) => AnswersAsync(ServiceOptions.Typed, request, answer);

    [Theory]
    [InlineData("[\"echo\",[1]]", "[1]", null)]
    [InlineData("[\"echo\"]", "[]", null)]
    [InlineData("[\"nope\",[]]", "null", "Error: nope not defined")]
    [InlineData("[\"fail\",[]]", "null", "Error: bad thing")]
    [InlineData("[]", "null", "Error: undefined not defined")]
    [InlineData("{}", "null", "Error: undefined not defined")]
    public Task Core_AnswersAsTheTable(string request, string answer, string? error) => AnswersAsync(ServiceOptions.Core, request, answer, error);

    [Fact]
    public async Task Message_GivesThePayloadWhole()
    {
        await using var service = await _server.ServiceAsync("m", name => (call, _) => new(call[0]), ServiceOptions.Message).Within();
        Assert.Equal("{\"cmd\":\"version\"}", (await _caller.RequestAsync("m", new WireObject { ["cmd"] = "version" }.Build()).Within()).Data.ToString());
    }

    [Fact]
    public async Task AnUndecodablePayload_IsAnsweredWithAnError()
    {
        await using var service = await _server.ServiceAsync("s", Methods, ServiceOptions.Typed).Within();
        var reply = await _caller.RequestAsync("s", WireValue.Null, Undecodable).Within();
        Assert.Equal("{\"error\":\"Error: the payload of a message can't be decoded\"}", reply.Data.ToString());
    }

    [Fact]
    public async Task ErrorTexts_AreTheHosts()
    {
        var options = ServiceOptions.Api with { ErrorText = error => $"{error.GetType().Name} {error.Message}" };
        await using var service = await _server.ServiceAsync("s", Methods, options).Within();
        var api = new ConatServiceClient(_caller, "s", ServiceClientOptions.Api);
        Assert.Equal("InvalidOperationException bad thing", (await Assert.ThrowsAsync<ConatException>(() => api.CallAsync("fail", []).Within())).Message);
    }

    [Fact]
    public async Task Callers_RaiseErrorsInTheirForm()
    {
        await using var typed = await _server.ServiceAsync("t", Methods, ServiceOptions.Typed).Within();
        await using var api = await _server.ServiceAsync("a", Methods, ServiceOptions.Api).Within();
        var typedError = await Assert.ThrowsAsync<ConatException>(() => new ConatServiceClient(_caller, "t").CallAsync("fail", []).Within());
        Assert.Equal("calling remote function 'fail': Error: bad thing", typedError.Message);
        var apiError = await Assert.ThrowsAsync<ConatException>(() => new ConatServiceClient(_caller, "a", ServiceClientOptions.Api).CallAsync("fail", []).Within());
        Assert.Equal("bad thing", apiError.Message);
    }

    [Fact]
    public async Task AMethod_AnswersItselfAndHasMoreDoneAfter()
    {
        ConatService? service = null;
        service = await _server.ServiceAsync("s", name => async (call, token) =>
        {
            Assert.Equal("h", call.Message.Header("my").AsText());
            await call.RespondAsync(1, cancellationToken: token);
            call.Respond(2, new PublishOptions { Headers = new WireObject { ["done"] = true }.Build() });
            call.OnReplied(() => service!.Stop());
            return "not sent";
        }, ServiceOptions.Api).Within();
        var request = new WireObject { ["name"] = "x" }.Build();
        var headers = new PublishOptions { Headers = new WireObject { ["my"] = "h" }.Build() };
        var replies = await _caller.RequestManyAsync("s", request, headers, maxMessages: 2).ToListAsync().AsTask().Within();
        Assert.Equal([1d, 2d], replies.Select(reply => reply.Data.AsNumber()));
        await service.Completion.Within();
        Assert.False(await _caller.InterestAsync("s").Within());
    }

    [Fact]
    public async Task CallsOfOneKey_AreOrderedAndOthersAndPingsGoOn()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var order = new List<double>();
        var options = ServiceOptions.Typed with { KeyOf = call => call.Name == "write" ? call[0].AsText() : null };
        await using var service = await _server.ServiceAsync("s", name => async (call, token) =>
        {
            if (call.Name == "write" && call[0].AsText() == "a")
            {
                await gate.Task.WaitAsync(token);
                lock (order)
                {
                    order.Add(call[1].AsNumber()!.Value);
                }
            }

            return "ok";
        }, options).Within();
        var client = new ConatServiceClient(_caller, "s");
        // Requests leave in order when the inbox is ready.
        await client.PingAsync().Within();
        var slow = Enumerable.Range(0, 20).Select(n => client.CallAsync("write", ["a", n])).ToList();
        Assert.Equal("ok", (await client.CallAsync("write", ["b", 0]).Within()).AsText());
        Assert.Equal("ok", (await client.CallAsync("cwd", []).Within()).AsText());
        Assert.Equal(["pong"], (await client.PingAsync().Within()).Select(pong => pong.AsText()));
        Assert.DoesNotContain(slow, call => call.IsCompleted);
        gate.SetResult();
        await Task.WhenAll(slow).Within();
        Assert.Equal(Enumerable.Range(0, 20).Select(n => (double)n), order);
    }

    [Fact]
    public async Task AnOverfullService_SaysSo()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = ServiceOptions.Typed with { MaxWaitingCalls = 2 };
        await using var service = await _server.ServiceAsync("s", name => async (call, token) =>
        {
            await gate.Task.WaitAsync(token);
            return call[0];
        }, options).Within();
        var client = new ConatServiceClient(_caller, "s");
        await client.PingAsync().Within();
        var calls = new List<Task<WireValue>>();
        for (var n = 0; n < 3; n++)
        {
            calls.Add(client.CallAsync("f", [n]));
        }

        // Orders this caller's requests: they have been read.
        await client.PingAsync().Within();
        var error = await Assert.ThrowsAsync<ConatException>(() => client.CallAsync("f", [3]).Within());
        Assert.StartsWith("calling remote function 'f': Error: service overloaded", error.Message, StringComparison.Ordinal);
        gate.SetResult();
        Assert.Equal([0d, 1d, 2d], (await Task.WhenAll(calls).Within()).Select(value => value.AsNumber()));
    }

    [Fact]
    public async Task ACallBeforeTheService_IsAnsweredWhenItComes()
    {
        var call = new ConatServiceClient(_caller, "late").CallAsync("echo", ["x"]);
        await using var service = await _server.ServiceAsync("late", Methods, ServiceOptions.Typed).Within();
        Assert.Equal("[\"x\"]", (await call.Within()).ToString());
        await new ConatServiceClient(_caller, "late").WaitForAsync().Within();
    }

    [Fact]
    public async Task AfterItsEnd_ACallTimesOut()
    {
        var service = await _server.ServiceAsync("s", Methods, ServiceOptions.Typed).Within();
        await service.DisposeAsync().AsTask().Within();
        var client = new ConatServiceClient(_caller, "s");
        var error = await Assert.ThrowsAsync<ConatException>(() => client.CallAsync("echo", [], TimeSpan.FromMilliseconds(250)).Within());
        Assert.Contains("time", error.Message, StringComparison.Ordinal);
        Assert.Equal("408", error.Code);
        Assert.Equal("503", (await Assert.ThrowsAsync<ConatException>(() => client.PingAsync().Within())).Code);
        await Assert.ThrowsAsync<ConatException>(() => client.WaitForAsync(TimeSpan.FromMilliseconds(1)).Within());
    }

    [Fact]
    public async Task ASlowService_TimesOutAtItsCaller()
    {
        await using var service = await _server.ServiceAsync("s", name => async (call, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return WireValue.Null;
        }, ServiceOptions.Typed).Within();
        var error = await Assert.ThrowsAsync<ConatException>(() => new ConatServiceClient(_caller, "s").CallAsync("f", [], TimeSpan.FromMilliseconds(75)).Within());
        Assert.Contains("imeout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_CrossUnchanged()
    {
        await using var service = await _server.ServiceAsync("s", Methods, ServiceOptions.Typed).Within();
        var client = new ConatServiceClient(_caller, "s");
        var large = new string('x', 10_000_000);
        Assert.Equal(large, Assert.IsType<WireValue.Items>(await client.CallAsync("echo", [large], Bounded.Limit).Within()).Values[0].AsText());
        var date = new WireValue.Date(DateTimeOffset.FromUnixTimeMilliseconds(1732252800123));
        Assert.Equal(date, Assert.IsType<WireValue.Items>(await client.CallAsync("echo", [date]).Within()).Values[0]);
        var bytes = Assert.IsType<WireValue.Bytes>(Assert.IsType<WireValue.Items>(await client.CallAsync("echo", [new WireValue.Bytes(new byte[] { 1, 2 })]).Within()).Values[0]);
        Assert.Equal([1, 2], bytes.Value.ToArray());
    }

    [Fact]
    public async Task ARestartOfTheBroker_IsOutlived()
    {
        await using var service = await _server.ServiceAsync("s", Methods, ServiceOptions.Typed).Within();
        await _bus.StopBrokerAsync();
        await Bounded.Until(() => _server.State == ConatState.Disconnected && _caller.State == ConatState.Disconnected, "the loss is noticed");
        await _bus.StartBrokerAsync();
        Assert.Equal("[1]", (await new ConatServiceClient(_caller, "s").CallAsync("echo", [1]).Within()).ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ATransportThatIsLost_IsReplaced(bool isServers)
    {
        var transport = _bus.NewTransport();
        var other = await _bus.ConnectAsync(transport);
        await using var service = await (isServers ? other : _server).ServiceAsync("s", Methods, ServiceOptions.Typed).Within();
        await transport.DropAsync();
        await Bounded.Until(() => other.Statistics.Connections == 2, "the loss is noticed");
        Assert.Equal("[1]", (await new ConatServiceClient(isServers ? _caller : other, "s").CallAsync("echo", [1]).Within()).ToString());
    }

    [Fact]
    public async Task MoreRequestsThanMayWait_Are429()
    {
        var client = await _bus.ConnectAsync(configure: options => options with { MaxPendingRequests = 1 });
        using var mute = await _server.SubscribeAsync("mute").Within();
        var first = client.RequestAsync("mute", 1);
        await mute.ReadAsync().AsTask().Within();
        Assert.Equal("429", (await Assert.ThrowsAsync<ConatException>(() => client.RequestAsync("mute", 2).Within())).Code);
        await client.DisposeAsync().AsTask().Within();
        Assert.Equal("closed", (await Assert.ThrowsAsync<ConatException>(() => first.Within())).Message);
    }

    [Fact]
    public async Task DisposingAService_CancelsItsCallsAndDropsWhatWaits()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = 0;
        var service = await _server.ServiceAsync("s", name => async (call, token) =>
        {
            Interlocked.Increment(ref calls);
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
            return WireValue.Null;
        }, ServiceOptions.Typed).Within();
        var client = new ConatServiceClient(_caller, "s");
        await client.PingAsync().Within();
        var waiting = Enumerable.Range(0, 3).Select(_ => client.CallAsync("f", [], TimeSpan.FromMilliseconds(500))).ToList();
        await started.Task.Within();
        await client.PingAsync().Within();
        await service.DisposeAsync().AsTask().Within();
        Assert.Equal(1, calls);
        foreach (var call in waiting)
        {
            await Assert.ThrowsAsync<ConatException>(() => call.Within());
        }
    }

    [Fact]
    public async Task AnAnswerThatCantBeSent_IsReplacedByTheReason()
    {
        await using var service = await _server.ServiceAsync("s", name => (_, _) =>
        {
            WireValue deep = Empty;
            for (var n = 0; n < 200; n++)
            {
                deep = new WireValue.Items([deep]);
            }

            return new(deep);
        }, ServiceOptions.Typed).Within();
        var error = await Assert.ThrowsAsync<ConatException>(() => new ConatServiceClient(_caller, "s").CallAsync("f", []).Within());
        Assert.Contains("Too deep objects", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PubSub_ReachesEverybody()
    {
        using var mine = new ConatPubSub(_server, "00000000-0000-4000-8000-000000000000", "cursors", "a.txt");
        using var theirs = new ConatPubSub(_caller, "00000000-0000-4000-8000-000000000000", "cursors", "a.txt");
        Assert.Equal("project.00000000-0000-4000-8000-000000000000.-.pubsub-cursors.YS50eHQ=", mine.Subject);
        await Bounded.UntilAsync(async () => (await _caller.PublishAsync(mine.Subject, WireValue.Null, Undecodable)).Count == 2, "both listen");
        mine.Set(7);
        Assert.Equal(7d, (await mine.FirstAsync().AsTask().Within()).AsNumber());
        Assert.Equal(7d, (await theirs.FirstAsync().AsTask().Within()).AsNumber());
    }

    private static Dictionary<string, ConatMethod> Methods => new()
    {
        ["echo"] = (call, _) => new(new WireValue.Items(call.Arguments)),
        ["system.echo"] = (call, _) => new((WireValue)call.Name),
        ["nothing"] = (_, _) => new((WireValue)null!),
        ["fail"] = (_, _) => throw new InvalidOperationException("bad thing"),
    };

    private async Task AnswersAsync(ServiceOptions options, string request, string answer, string? error = null)
    {
        await using var service = await _server.ServiceAsync("s", Methods, options).Within();
        Assert.True(WireJson.TryParse(System.Text.Encoding.UTF8.GetBytes(request), out var payload));
        var reply = await _caller.RequestAsync("s", payload).Within();
        Assert.Equal(answer, reply.Data.ToString());
        Assert.Equal(error, reply.Header(ConatHeaders.Error).AsText());
    }
}
