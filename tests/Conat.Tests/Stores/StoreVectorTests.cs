using System.Text.Json;
using System.Text.RegularExpressions;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>
/// The captured operations of two clients on one store (<c>dkv.json</c>, <c>dko.json</c>, <c>open-files.json</c>): what they send, tell and show after each step.
/// </summary>
public sealed class StoreVectorTests
{
    /// <summary>Requests that say nothing of what is done.</summary>
    private static readonly string[] Unrecorded = ["getAll", "changefeed", "inventory"];

    [Theory]
    [InlineData("dkv", true)]
    [InlineData("dkv", false)]
    [InlineData("dko", true)]
    [InlineData("dko", false)]
    [InlineData("open-files", true)]
    [InlineData("open-files", false)]
    public async Task EveryCase_GoesAsCaptured(string kind, bool isInProcess)
    {
        foreach (var test in Vectors.Load(kind).GetProperty("cases").EnumerateArray())
        {
            // The files of a project have one store only: each case begins anew.
            await using var bus = await StoreBus.StartAsync(isInProcess);
            await RunAsync(bus, kind, test);
        }
    }

    private static async Task RunAsync(StoreBus bus, string kind, JsonElement test)
    {
        var requests = await Requests.StartAsync(bus);
        var clients = new Dictionary<string, (ReplayStore Store, HoldableTransport Transport)>();
        foreach (var name in new[] { "a", "b" })
        {
            var (client, transport) = await bus.ConnectAsync();
            clients[name] = (await ReplayStore.OpenAsync(kind, client, test).Within(), transport);
            var sent = await requests.TakeAsync(2);
            Assert.True(
                sent.Select(request => request["headers"]).Zip(test.GetProperty("open_commands").EnumerateArray()).All(pair => Fits(StoreVectors.Read(pair.Second), pair.First)),
                $"{test.Text("name")}: {string.Join(' ', sent)}");
        }

        foreach (var (step, at) in test.GetProperty("steps").EnumerateArray().Select((step, at) => (step, at)))
        {
            var where = $"{kind} {test.Text("name")}, step {at}: {step.GetProperty("op")}";
            await DoAsync(clients, requests, step, where);
            foreach (var client in clients.Values)
            {
                client.Store.Forget();
            }
        }

        foreach (var client in clients.Values)
        {
            await client.Store.DisposeAsync();
        }
    }

    private static async Task DoAsync(Dictionary<string, (ReplayStore Store, HoldableTransport Transport)> clients, Requests requests, JsonElement step, string where)
    {
        var op = step.GetProperty("op");
        if (op.Text("client") == "both")
        {
            await RaceAsync(clients, op.Text("do")!);
        }
        else
        {
            var doing = clients[op.Text("client")!].Store.DoAsync(op).Within();
            if (step.TryGetProperty("error", out var error))
            {
                var thrown = await Assert.ThrowsAsync<ConatException>(() => doing);
                Assert.Equal(error.Text("message"), "Error: " + thrown.Message);
            }
            else
            {
                var result = await doing;
                Assert.True(!step.TryGetProperty("result", out var expected) || Fits(StoreVectors.Read(expected), result), $"{where}\n{result}");
            }
        }

        var isImproved = step.TryGetProperty("improve_note", out _);
        foreach (var (name, client) in clients)
        {
            var state = step.GetProperty("state").GetProperty(name);
            var events = step.GetProperty("events").EnumerateArray().Where(told => told.Text("client") == name).ToList();
            await Bounded.Until(
                () => Fits(StoreVectors.Read(state), Sorted(client.Store.State(state.TryGetProperty("underlying", out _)), state)) && client.Store.Events.Count >= events.Count,
                $"{where}\n{name} is {client.Store.State(true)}, told {string.Join(' ', client.Store.Events)}");
            // Whatever else comes has come.
            await client.Store.Rows.InventoryAsync().Within();
            var isAnswerTold = step.GetProperty("emitted").EnumerateArray().Any(sent => sent.GetProperty("headers").Text("cmd") == "set")
                || events.Any(told => told.Text("event") == "reject");
            Assert.True(AreTold(events, client.Store.Events, isImproved, isAnswerTold), $"{where}\n{name} told {string.Join(' ', client.Store.Events)}");
        }

        AssertSent(step, await requests.TakeAsync(step.GetProperty("emitted").GetArrayLength()), where);
    }

    /// <summary>Both change a key and save: the request of the first one that saves is the first to arrive.</summary>
    private static async Task RaceAsync(Dictionary<string, (ReplayStore Store, HoldableTransport Transport)> clients, string what)
    {
        foreach (var set in Regex.Matches(what, @"(\w)\.(\w+)=(\w+)").Cast<Match>())
        {
            clients[set.Groups[1].Value].Store.Rows.Set(set.Groups[2].Value, set.Groups[3].Value);
        }

        var order = Regex.Match(what, @"save (\w) and (\w)");
        var (first, second) = (clients[order.Groups[1].Value], clients[order.Groups[2].Value]);
        second.Transport.IsHolding = true;
        var saving = second.Store.Rows.SaveAsync();
        await first.Store.Rows.SaveAsync().Within();
        second.Transport.IsHolding = false;
        await saving.Within();
    }

    private static void AssertSent(JsonElement step, List<WireValue.Members> sent, string where)
    {
        var expected = step.GetProperty("emitted").EnumerateArray().ToList();
        Assert.True(expected.Count == sent.Count, $"{where}\nsent {string.Join('\n', sent)}");
        foreach (var recorded in expected)
        {
            Assert.True(sent.Any(request => IsSame(recorded, request)), $"{where}\nsent {string.Join('\n', sent)}\nexpected {recorded}");
        }
    }

    private static bool IsSame(JsonElement recorded, WireValue.Members request)
    {
        if (!Fits(StoreVectors.Read(recorded.GetProperty("headers")), request["headers"]))
        {
            return false;
        }

        return recorded.TryGetProperty("payload", out var payload)
            ? Fits(
                new WireValue.Items([.. payload.EnumerateArray().Select(entry => new WireObject().AddAll(StoreVectors.Members(entry), "value").Build())]),
                request["payload"])
            : request["payload"].DeepEquals(WireValue.Null) && recorded.Text("raw_hex") == "c0";
    }

    /// <summary>
    /// The events of one client in order. What the answers of deletes, and refusals, tell may come before or after what the changefeed tells.
    /// </summary>
    private static bool AreTold(List<JsonElement> expected, IReadOnlyList<WireValue.Members> told, bool isImproved, bool isAnswerTold)
    {
        var wanted = expected.Select(one => new WireObject { ["event"] = one.Text("event")!, ["value"] = one.TryGetProperty("value", out var value) ? StoreVectors.Read(value) : null }.Build()).ToList();
        var actual = told.ToList();
        if (isImproved)
        {
            // Keys that a limit throws out are told.
            actual.RemoveAll(one => one["event"].AsText() == "change" && !((WireValue.Members)one["value"]).Has("value") && !wanted.Any(recorded => Fits(recorded, one)));
        }

        if (isAnswerTold)
        {
            wanted = [.. wanted.OrderBy(one => one["event"].AsText(), StringComparer.Ordinal)];
            actual = [.. actual.OrderBy(one => one["event"].AsText(), StringComparer.Ordinal)];
        }

        return wanted.Count == actual.Count && wanted.Zip(actual).All(pair => Fits(pair.First, pair.Second));
    }

    /// <summary>Lists of which the order says nothing, in the order of the expected.</summary>
    private static WireValue.Members Sorted(WireValue.Members state, JsonElement expected)
    {
        if (state["all"] is not WireValue.Items all || StoreVectors.Read(expected.GetProperty("all")) is not WireValue.Items { Values: var order })
        {
            return state;
        }

        var paths = order.Select(entry => ((WireValue.Members)entry)["path"].AsText()).ToList();
        return new WireObject().AddAll(state, "all").With("all", new WireValue.Items([.. all.Values.OrderBy(entry => paths.IndexOf(((WireValue.Members)entry)["path"].AsText()))])).Build();
    }

    /// <summary>Whether a value is the recorded one, in which some texts stand for values that differ from run to run.</summary>
    private static bool Fits(WireValue? recorded, WireValue? actual) => (recorded, actual) switch
    {
        (WireValue.Text { Value: "$now" }, WireValue.Number number) => Math.Abs(number.Value - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()) < 60_000,
        (WireValue.Text { Value: "$contains_now" }, WireValue.Bytes) => true,
        (WireValue.Items a, WireValue.Items b) => a.Values.Length == b.Values.Length && a.Values.Zip(b.Values).All(pair => Fits(pair.First, pair.Second)),
        (WireValue.Members a, WireValue.Members b) => a.Values.Length == b.Values.Length && a.Values.All(member => b.Has(member.Key) && Fits(member.Value, b[member.Key])),
        (null, null) => true,
        (null, _) or (_, null) => false,
        _ => recorded.DeepEquals(actual),
    };

    /// <summary>The requests that clients make of the persist server.</summary>
    private sealed class Requests
    {
        /// <summary>Guards the list.</summary>
        private readonly Lock _gate = new();
        private readonly List<WireValue.Members> _seen = [];

        public static async Task<Requests> StartAsync(StoreBus bus)
        {
            var requests = new Requests();
            var subscription = await bus.Spy.SubscribeAsync("persist.*.server.>").Within();
            _ = Task.Run(async () =>
            {
                await foreach (var message in subscription)
                {
                    requests.Add(message);
                }
            });
            return requests;
        }

        private List<WireValue.Members> Take()
        {
            lock (_gate)
            {
                var seen = _seen.ToList();
                _seen.Clear();
                return seen;
            }
        }

        public async Task<List<WireValue.Members>> TakeAsync(int count)
        {
            await Bounded.Until(
                () =>
                {
                    lock (_gate)
                    {
                        return _seen.Count >= count;
                    }
                },
                $"{count} requests");
            return Take();
        }

        private void Add(ConatMessage message)
        {
            if (message.Header("cmd").AsText() is { } command && !Unrecorded.Contains(command))
            {
                var headers = new WireObject().AddAll((WireValue.Members)message.Headers!, ConatHeaders.Reply).Build();
                lock (_gate)
                {
                    _seen.Add(new WireObject { ["headers"] = headers, ["payload"] = message.Data }.Build());
                }
            }
        }
    }
}
