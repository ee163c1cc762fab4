using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Persist;

/// <summary>
/// Sends what recorded clients sent, and compares what they get: answers one by one, events in order however they are grouped. What of the conat socket's own doesn't belong to the
/// service (pings, acknowledgements) is answered here, not compared. What the recording says that somebody else did, a client of the test's own does.
/// </summary>
internal sealed partial class DialogueReplay : IAsyncDisposable
{
    private const string Varies = "…";
    private readonly JsonElement _scenario;
    private readonly PersistBus _bus;
    private readonly FakeTimeProvider _time;
    private readonly ConatClient _peer;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<ConatMessage>> _received = [];
    private readonly Dictionary<string, ConatSubscription> _subscriptions = [];
    private readonly HashSet<string> _open = [];
    private readonly HashSet<long> _recordedSeqs = [];
    private StreamSocket? _other;

    private DialogueReplay(JsonElement scenario, PersistBus bus, FakeTimeProvider time, ConatClient peer) => (_scenario, _bus, _time, _peer) = (scenario, bus, time, peer);

    private IEnumerable<JsonElement> Steps => _scenario.GetProperty("steps").EnumerateArray();

    private IEnumerable<JsonElement> AllMessages => Steps.SelectMany(Messages);

    public static async Task<DialogueReplay> StartAsync(JsonElement scenario)
    {
        var time = new FakeTimeProvider();
        var bus = await PersistBus.StartAsync(options => options with { Time = time, MaxBatchBytes = BatchBytes(scenario) });
        return new DialogueReplay(scenario, bus, time, await bus.ConnectAsync(ConatUser.Hub("hub")));
    }

    public async Task RunAsync()
    {
        foreach (var (step, at) in Steps.Select((step, at) => (step, at)))
        {
            try
            {
                await RunAsync(step);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"{_scenario.GetProperty("name")}, step {at}: {step.GetProperty("op")}", exception);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_other?.DisposeAsync() ?? default);
        await _bus.DisposeAsync();
    }

    /// <summary>The threshold of parts of <c>getAll</c> that the recorded server had: the smallest part that isn't the last.</summary>
    private static long BatchBytes(JsonElement scenario)
    {
        var smallest = 20_000_000L;
        foreach (var step in scenario.GetProperty("steps").EnumerateArray())
        {
            var parts = Messages(step).Where(IsRows).ToList();
            foreach (var part in parts.SkipLast(1))
            {
                smallest = Math.Min(smallest, Rows(part).Sum(row => (long)row.GetProperty("raw").GetProperty("$bin").GetString()!.Length / 2));
            }
        }

        return smallest;
    }

    private static IEnumerable<JsonElement> Messages(JsonElement step) => step.GetProperty("messages").EnumerateArray();

    private async Task RunAsync(JsonElement step)
    {
        if (step.GetProperty("op").TryGetProperty("ms", out var wait))
        {
            _time.Advance(TimeSpan.FromMilliseconds(wait.GetDouble()));
        }

        // Time is what differs between a recording's steps.
        _time.Advance(TimeSpan.FromMilliseconds(40));
        var messages = Messages(step).ToList();
        if (messages.Any(IsEnd))
        {
            await OpenAllAsync(messages);
            await _bus.StopServerAsync();
            await _bus.StartServerAsync();
            return;
        }

        await WriteOfOthersAsync(messages);
        await OpenAllAsync(messages);
        foreach (var message in messages)
        {
            switch (Text(message, "ev"))
            {
                case "subscribe":
                    await SubscribeAsync(message.GetProperty("args")[0].GetProperty("subject").GetString()!);
                    break;
                case "publish":
                    await PublishAsync(message);
                    break;
                case "deliver" when IsAnswer(message):
                    await ExpectAnswerAsync(step, message);
                    break;
            }
        }

        await ExpectFramesAsync(step, messages);
    }

    /// <summary>The server ends: it says so without having been asked.</summary>
    private static bool IsEnd(JsonElement message) => Text(message, "ev") == "deliver" && Header(message, "CN-SocketCmd") == "close";

    private static bool IsAnswer(JsonElement message) => message.GetProperty("subject").GetString()!.StartsWith("_INBOX.", StringComparison.Ordinal);

    private static bool IsFrame(JsonElement message) => Text(message, "ev") == "deliver" && Header(message, ConatHeaders.SocketSequence) is not null;

    private static bool IsRows(JsonElement message) =>
        Text(message, "ev") == "deliver" && IsAnswer(message) && Header(message, "seq") is not null && message.GetProperty("payload").ValueKind == JsonValueKind.Array;

    private static IEnumerable<JsonElement> Rows(JsonElement message) => message.GetProperty("payload").EnumerateArray().Where(row => !row.TryGetProperty("op", out _));

    private static string? Text(JsonElement message, string name) => message.TryGetProperty(name, out var value) ? value.ToString() : null;

    private static string? Header(JsonElement message, string name) =>
        message.TryGetProperty("headers", out var headers) && headers.ValueKind == JsonValueKind.Object ? Text(headers, name) : null;

    /// <summary>A recording may begin when sockets are open already.</summary>
    private async Task OpenAllAsync(List<JsonElement> messages)
    {
        foreach (var subject in messages.Where(message => Text(message, "dir") == "out" && message.TryGetProperty("subject", out _))
            .TakeWhile(message => Header(message, "CN-SocketCmd") != "connect")
            .Select(message => message.GetProperty("subject").GetString()!).Where(subject => subject.Contains(".server.", StringComparison.Ordinal)).Distinct())
        {
            await OpenUnlessConnectedAsync(subject);
        }
    }

    private async Task OpenUnlessConnectedAsync(string subject)
    {
        var client = ConatNames.ClientSubject(subject);
        var connects = AllMessages.Any(message => Text(message, "subject") == subject && Header(message, "CN-SocketCmd") == "connect");
        if (connects || !_open.Add(subject))
        {
            return;
        }

        var feeds = AllMessages.Any(message => Text(message, "subject") == client && IsFrame(message))
            && !AllMessages.Any(message => Text(message, "subject") == subject && Header(message, "cmd") == "changefeed");
        await SubscribeAsync(client);
        var headers = new WireObject { [ConatHeaders.SocketCommand] = "connect", ["id"] = subject.Split('.')[^1] }.Build();
        await _peer.RequestAsync(subject, WireValue.Null, new PublishOptions { Headers = headers }).Within();
        var open = new PersistOpen(PathOf(subject), Changefeed: feeds).ToWire();
        await _peer.PublishAsync(subject, open, new PublishOptions { Headers = new WireObject { [ConatHeaders.SocketSequence] = 1 }.Build() }).Within();
        await _peer.RequestAsync(subject, WireValue.Null, new PublishOptions { Headers = new WireObject { ["cmd"] = "keys" }.Build() }).Within();
    }

    /// <summary>What a socket opens: as recorded of any, or one of this scenario.</summary>
    private string PathOf(string subject) =>
        AllMessages.Where(message => Text(message, "dir") == "out").Select(OpenedPath).FirstOrDefault(path => path is not null)
        ?? StoragePath.Of(PersistOwner.Project(subject.Split('.')[1]["project-".Length..]), _scenario.GetProperty("name").GetString()!);

    private static string? OpenedPath(JsonElement message) =>
        message.TryGetProperty("payload", out var payload) && payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty("storage", out var storage)
            ? Text(storage, "path")
            : null;

    /// <summary>Rows whose writer is not recorded.</summary>
    private async Task WriteOfOthersAsync(List<JsonElement> messages)
    {
        foreach (var seq in messages.Where(IsDeliveredAnswer).SelectMany(Results))
        {
            _recordedSeqs.Add(seq);
        }

        foreach (var row in messages.Where(message => IsRows(message) || IsFrame(message)).Where(message => message.GetProperty("payload").ValueKind == JsonValueKind.Array).SelectMany(Rows))
        {
            var seq = row.GetProperty("seq").GetInt64();
            if (!_recordedSeqs.Add(seq))
            {
                continue;
            }

            var subject = messages.First(message => Text(message, "subject")?.StartsWith("persist.", StringComparison.Ordinal) == true).GetProperty("subject").GetString()!;
            _other ??= StreamSocket.Open(_peer, string.Join('.', subject.Split('.')[..2]), new PersistOpen(PathOf(subject)));
            await WriteAsync(row, seq);
        }
    }

    private async Task WriteAsync(JsonElement row, long seq)
    {
        var parameters = new WireObject { ["cmd"] = "set", ["key"] = Text(row, "key") is { } key ? (WireValue)key : null };
        var raw = Convert.FromHexString(row.GetProperty("raw").GetProperty("$bin").GetString()!);
        while (true)
        {
            var answer = (WireValue.Members)(await _other!.AskAsync(parameters, raw: raw)).Data;
            if (answer["seq"].AsNumber() == seq)
            {
                return;
            }

            Assert.True(answer["seq"].AsNumber() < seq);
            await _other.CallAsync("delete", new WireObject { ["seq"] = answer["seq"] });
        }
    }

    private static bool IsDeliveredAnswer(JsonElement message) => Text(message, "ev") == "deliver" && IsAnswer(message);

    /// <summary>The numbers in the answer to a set.</summary>
    private static IEnumerable<long> Results(JsonElement message)
    {
        var payload = message.GetProperty("payload");
        var results = payload.ValueKind == JsonValueKind.Array ? payload.EnumerateArray().ToArray() : [payload];
        return results.Where(result => result.ValueKind == JsonValueKind.Object && result.TryGetProperty("seq", out _) && result.TryGetProperty("time", out _) && !result.TryGetProperty("raw", out _))
            .Select(result => result.GetProperty("seq").GetInt64());
    }

    private async Task SubscribeAsync(string subject)
    {
        if (_subscriptions.ContainsKey(subject))
        {
            return;
        }

        var subscription = await _peer.SubscribeAsync(subject).Within();
        _subscriptions.Add(subject, subscription);
        _ = Task.Run(async () =>
        {
            await foreach (var message in subscription)
            {
                Receive(message);
            }
        });
    }

    private void Receive(ConatMessage message)
    {
        if (message.Header(ConatHeaders.SocketCommand).AsText() is { } command)
        {
            if (command == "close")
            {
                return;
            }

            _peer.Respond(message, message.TryRead(out var data) && data is WireValue.Members members ? members["socket"] : WireValue.Null);
            return;
        }

        _received.GetOrAdd(message.Subject, _ => new ConcurrentQueue<ConatMessage>()).Enqueue(message);
        if (message.Header(ConatHeaders.SocketSequence) is WireValue.Number number)
        {
            var target = message.Subject.Replace(".client.", ".server.0.", StringComparison.Ordinal);
            var emitted = new WireObject { ["socket"] = new WireObject { ["emitted"] = number }.Build() }.Build();
            _peer.Publish(target, emitted, new PublishOptions { Headers = new WireObject { [ConatHeaders.SocketCommand] = "socket" }.Build() });
        }
    }

    private async Task PublishAsync(JsonElement message)
    {
        var subject = message.GetProperty("subject").GetString()!;
        if (subject.StartsWith("_INBOX.", StringComparison.Ordinal) || Header(message, "CN-SocketCmd") == "socket")
        {
            return;
        }

        if (Header(message, ConatHeaders.Reply) is { } reply)
        {
            await SubscribeAsync(reply);
        }

        _open.Add(subject);
        var headers = message.TryGetProperty("headers", out var recorded) ? Value(recorded) : null;
        // Long payloads are written down as values only.
        var isOmitted = Text(message, "payload_hex")!.StartsWith("$omitted", StringComparison.Ordinal);
        var raw = isOmitted ? ConatPayload.Encode(Value(message.GetProperty("payload"))) : Convert.FromHexString(Text(message, "payload_hex")!);
        await _peer.PublishAsync(subject, WireValue.Null, new PublishOptions { Raw = raw, Headers = headers }).Within();
    }

    private async Task ExpectAnswerAsync(JsonElement step, JsonElement message)
    {
        var subject = message.GetProperty("subject").GetString()!;
        if (!_subscriptions.ContainsKey(subject))
        {
            // It was asked before the recording, or is an acknowledgement's.
            return;
        }

        ConatMessage? actual = null;
        await Bounded.Until(() => _received.TryGetValue(subject, out var queue) && queue.TryDequeue(out actual), $"the answer {message}");
        AssertSame(step, message, actual!);
    }

    /// <summary>Frames of the change feed and errors of the opening.</summary>
    private async Task ExpectFramesAsync(JsonElement step, List<JsonElement> messages)
    {
        foreach (var group in messages.Where(IsFrame).GroupBy(message => message.GetProperty("subject").GetString()!))
        {
            var errors = group.Where(message => message.GetProperty("payload").ValueKind == JsonValueKind.Null).ToList();
            var events = group.Where(message => message.GetProperty("payload").ValueKind == JsonValueKind.Array)
                .SelectMany(message => ((WireValue.Items)Payload(message)).Values).Select(Shape).ToList();
            foreach (var error in errors)
            {
                ConatMessage? frame = null;
                await Bounded.Until(() => _received.TryGetValue(group.Key, out var queue) && queue.TryDequeue(out frame), "the error");
                AssertSame(step, error, frame!);
            }

            var actual = new List<string>();
            await Bounded.Until(
                () =>
                {
                    _time.Advance(TimeSpan.FromMilliseconds(1));
                    while (_received.TryGetValue(group.Key, out var queue) && queue.TryDequeue(out var frame))
                    {
                        actual.AddRange(((WireValue.Items)frame.Data).Values.Select(Shape));
                    }

                    return actual.Count >= events.Count;
                },
                $"{events.Count} events");
            Assert.Equal(events, actual);
        }
    }

    /// <summary>A step whose outcome shall be better than the reference's says what it is then.</summary>
    private static void AssertSame(JsonElement step, JsonElement expected, ConatMessage actual)
    {
        var headers = expected.TryGetProperty("headers", out var recorded) ? (WireValue.Members)Value(recorded) : null;
        if (step.TryGetProperty("improve_note", out var note) && headers?["error"] is WireValue.Text)
        {
            var error = ErrorPattern().Match(note.GetString()!) is { Success: true } text ? (WireValue)text.Groups[1].Value : headers["error"];
            var code = CodePattern().Match(note.GetString()!).Groups[1].Value.Trim('\'');
            headers = new WireObject { ["error"] = error, ["code"] = double.TryParse(code, out var number) ? number : code }.Build();
        }

        Assert.Equal(Shape(headers), Shape(actual.Headers));
        Assert.Equal(Shape(Payload(expected)), Shape(actual.Data));
    }

    [GeneratedRegex("error '([^']*)'")]
    private static partial Regex ErrorPattern();

    [GeneratedRegex("code ('[^']*'|[0-9]+)")]
    private static partial Regex CodePattern();

    private static WireValue Payload(JsonElement message)
    {
        Assert.True(ConatPayload.TryDecode(Convert.FromHexString(Text(message, "payload_hex")!), message.GetProperty("encoding").GetInt32(), out var value));
        return value;
    }

    private static WireValue Value(JsonElement json)
    {
        Assert.True(WireJson.TryParse(System.Text.Encoding.UTF8.GetBytes(json.GetRawText()), out var value));
        return value;
    }

    /// <summary>The value without what differs from run to run.</summary>
    private static string Shape(WireValue? value) => value switch
    {
        null => "nothing",
        WireValue.Members members => "{" + string.Join(',', members.Values
            .Where(member => member.Key is not (ConatHeaders.Reply or ConatHeaders.SocketSequence))
            .OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => $"{member.Key}:{(member.Key == "time" ? Varies : Shape(member.Value))}")) + "}",
        WireValue.Items items => "[" + string.Join(',', items.Values.Select(Shape)) + "]",
        WireValue.Bytes bytes => Convert.ToHexString(bytes.Value.Span),
        _ => value.ToString(),
    };
}
