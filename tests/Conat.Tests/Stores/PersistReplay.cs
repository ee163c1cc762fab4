using System.Text.Json;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>Plays a captured dialogue: the server says what was recorded, our client does what the recorded one did.</summary>
internal sealed class PersistReplay : IAsyncDisposable
{
    private static readonly string[] ByHand = ["raw-open", "request", "write-again"];

    private readonly StoreBus _bus;
    private readonly ScriptedPersist _server;
    private readonly Dictionary<string, ReplayParty> _parties = [];

    private PersistReplay(StoreBus bus, ScriptedPersist server) => (_bus, _server) = (bus, server);

    public static async Task<PersistReplay> StartAsync()
    {
        var bus = await StoreBus.StartAsync(isInProcess: true, withPersist: false);
        bus.Time = new FastTime(20);
        return new PersistReplay(bus, await ScriptedPersist.StartAsync(bus.Spy));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var party in _parties.Values)
        {
            await party.DisposeAsync();
        }

        await _server.DisposeAsync();
        await _bus.DisposeAsync();
    }

    public async Task RunAsync(JsonElement scenario)
    {
        var messages = scenario.GetProperty("steps").EnumerateArray().SelectMany(Messages).ToList();
        foreach (var (step, at) in scenario.GetProperty("steps").EnumerateArray().Select((step, at) => (step, at)))
        {
            if (ByHand.Contains(step.GetProperty("op").Text("do")))
            {
                continue;
            }

            try
            {
                await DoAsync(step, messages);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"{scenario.Text("name")}, step {at}: {step.GetProperty("op")}", exception);
            }
        }
    }

    private static IEnumerable<JsonElement> Messages(JsonElement step) =>
        step.TryGetProperty("messages", out var messages) ? messages.EnumerateArray().Where(message => message.Text("ev") is "publish" or "deliver") : [];

    private static string? Header(JsonElement message, string name) =>
        message.TryGetProperty("headers", out var headers) && headers.TryGetProperty(name, out var value) ? value.ToString() : null;

    private static bool IsFrame(JsonElement message) => Header(message, "CN-SocketSeq") is not null;

    private async Task DoAsync(JsonElement step, List<JsonElement> all)
    {
        var op = step.GetProperty("op");
        var calls = new List<(JsonElement Recorded, Task<WireValue> Call, List<JsonElement> Answers)>();
        var requests = new Dictionary<string, (ConatMessage Message, List<JsonElement> Answers)>();
        Task<WireValue>? driven = null;
        foreach (var message in Messages(step))
        {
            var name = message.Text("client")!;
            if (message.Text("dir") == "out" && IsFrame(message))
            {
                if (op.Text("do") is "open" or "cstream")
                {
                    driven = Open(name, op, message);
                }

                var (line, frame) = await _server.AcceptAsync();
                _parties[name].Line = line;
                AssertSame(StoreVectors.Read(message.GetProperty("payload"))!, frame);
            }
            else if (message.Text("dir") == "out" && Header(message, "cmd") is { } command)
            {
                var party = await PartyAsync(name, all);
                driven ??= party.Core is null ? null : party.DriveAsync(op);
                var call = driven is null && !party.IsResuming ? party.CallAsync(command, message) : null;
                var request = await party.Line.RequestAsync();
                AssertRequest(message, request);
                var answers = new List<JsonElement>();
                requests[Header(message, ConatHeaders.Reply)!] = (request, answers);
                if (call is not null)
                {
                    calls.Add((message, call, answers));
                }
            }
            else if (message.Text("dir") == "in" && requests.TryGetValue(message.Text("subject")!, out var asked))
            {
                asked.Answers.Add(message);
                await _parties[name].Line.AnswerAsync(asked.Message, message);
            }
            else if (message.Text("dir") == "in" && IsFrame(message))
            {
                var party = await PartyAsync(name, all);
                party.Expect(message);
                party.Line.Tell(message);
            }
            else if (message.Text("dir") == "in" && Header(message, "CN-SocketCmd") == "close")
            {
                var party = await PartyAsync(name, all);
                party.IsResuming = true;
                party.Line.Socket.Close();
            }
        }

        foreach (var (recorded, call, answers) in calls)
        {
            await AssertAnswerAsync(Header(recorded, "cmd")!, call, answers);
        }

        foreach (var party in _parties.Values)
        {
            await party.AssertFeedAsync(requests.Values.Where(_ => party.IsResuming).SelectMany(request => request.Answers));
        }

        await AssertStateAsync(step, op, driven);
    }

    private async Task AssertStateAsync(JsonElement step, JsonElement op, Task<WireValue>? driven)
    {
        var core = _parties.Values.FirstOrDefault(party => party.Core is not null);
        if (driven is null && core is not null && op.Text("do") != "close")
        {
            // Nothing was sent, which the call must agree with.
            driven = core.DriveAsync(op);
        }

        if (driven is not null)
        {
            await driven.Within();
        }

        if (step.TryGetProperty("state", out var state))
        {
            await Bounded.Until(() => core!.Core!.GetAll().Select(row => row.Seq).SequenceEqual(state.GetProperty("seqs").EnumerateArray().Select(seq => seq.GetInt64())), $"{state}");
            AssertSame(StoreVectors.Read(state.GetProperty("messages"))!, new WireValue.Items([.. core!.Core!.GetAll().Select(row => row.Value)]));
            if (state.TryGetProperty("kv", out var kv))
            {
                AssertSame(StoreVectors.Read(kv)!, new WireValue.Members([.. core.Core.GetAllKeys().Select(pair => new KeyValuePair<string, WireValue>(pair.Key, pair.Value.Value))]));
            }
        }

        if (step.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Object && result.TryGetProperty("errors", out var errors))
        {
            var party = _parties.Values.Single();
            await Bounded.Until(() => party.Persist!.Failure is not null, "it is refused");
            Assert.Equal(errors[0].GetProperty("code").ToString(), party.Persist!.Failure!.Code);
            var late = await Assert.ThrowsAsync<ConatException>(() => party.Persist.GetAsync(1).Within());
            Assert.Equal(party.Persist.Failure.Code, late.Code);
        }
    }

    /// <summary>Does what the recorded program did for this frame to be sent.</summary>
    private Task<WireValue>? Open(string name, JsonElement op, JsonElement message)
    {
        var storage = message.GetProperty("payload").GetProperty("storage");
        var party = new ReplayParty();
        _parties[name] = party;
        var opening = party.OpenAsync(_bus, op, storage);
        return op.Text("do") == "cstream" ? opening : null;
    }

    /// <summary>Who it is; a recording that doesn't begin with the opening is led to where it begins.</summary>
    private async Task<ReplayParty> PartyAsync(string name, List<JsonElement> all)
    {
        if (_parties.TryGetValue(name, out var party))
        {
            return party;
        }

        var opened = all.FirstOrDefault(message => message.Text("client") == name && message.Text("dir") == "out" && IsFrame(message));
        var storage = opened.ValueKind == JsonValueKind.Object ? opened.GetProperty("payload").GetProperty("storage") : JsonDocument.Parse($$"""{"path":"projects/{{StoreBus.ProjectId}}/x"}""").RootElement;
        party = new ReplayParty();
        _parties[name] = party;
        var opening = party.OpenAsync(_bus, default, storage);
        (party.Line, _) = await _server.AcceptAsync();
        await opening.Within();
        var own = all.Where(message => message.Text("client") == name).ToList();
        var asked = own.FindIndex(message => Header(message, "cmd") == "changefeed");
        var isFollowing = own.FindIndex(message => message.Text("dir") == "in" && (IsFrame(message) || Header(message, "CN-SocketCmd") == "close")) is var first && first >= 0 && (asked < 0 || first < asked);
        if (isFollowing)
        {
            var starting = party.StartFeedAsync();
            await AnswerCreatedAsync(party);
            await starting.Within();
            var resumed = own.FirstOrDefault(message => Header(message, "cmd") == "getAll" && Header(message, "timeout") is not null);
            party.Feed!.Seed(resumed.ValueKind == JsonValueKind.Object ? resumed.GetProperty("headers").GetProperty("start_seq").GetInt64() : 0, null);
        }

        return party;
    }

    private async Task AnswerCreatedAsync(ReplayParty party)
    {
        var request = await party.Line.RequestAsync();
        await _bus.Spy.RespondAsync(request, "created").Within();
    }

    private static void AssertRequest(JsonElement recorded, ConatMessage request)
    {
        var headers = Normal(new WireObject().AddAll(StoreVectors.Members(recorded.GetProperty("headers")), ConatHeaders.Reply).Build());
        AssertSame(headers, Normal(new WireObject().AddAll((WireValue.Members)request.Headers!, ConatHeaders.Reply).Build()));
        AssertSame(StoreVectors.Read(recorded.GetProperty("payload"))!, request.Data);
    }

    /// <summary>Without what means nothing: parameters that are null, fields of a configuration that don't exist or aren't as they are stored.</summary>
    private static WireValue.Members Normal(WireValue.Members headers) => new([.. headers.Values
        .Where(header => header.Value is not WireValue.Nothing)
        .Select(header => header.Key == "config" ? new KeyValuePair<string, WireValue>("config", StreamConfigurationChange.Read(header.Value).ToWire()) : header)]);

    private static async Task AssertAnswerAsync(string command, Task<WireValue> call, List<JsonElement> answers)
    {
        if (Header(answers[^1], "error") is { } error)
        {
            var thrown = await Assert.ThrowsAsync<ConatException>(() => call.Within());
            Assert.Equal((error, Header(answers[^1], "code")), (thrown.Message, thrown.Code));
            return;
        }

        var result = await call.Within();
        var expected = command == "getAll"
            ? new WireValue.Items([.. answers.Select(answer => StoreVectors.Read(answer.GetProperty("payload"))).OfType<WireValue.Items>().SelectMany(batch => batch.Values)])
            : StoreVectors.Read(answers[^1].GetProperty("payload"))!;
        AssertSame(expected, result);
    }

    private static void AssertSame(WireValue expected, WireValue actual) => Assert.True(expected.DeepEquals(actual), $"expected {expected}\nactual   {actual}");
}
