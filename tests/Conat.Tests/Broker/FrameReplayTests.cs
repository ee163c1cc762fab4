using System.Net.WebSockets;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ProjectSilo.Tests.Broker;

/// <summary>The client's side of every captured dialogue, frame by frame, and our broker's answers beside the reference's (conat-frames.json).</summary>
public sealed partial class FrameReplayTests
{
    [Fact]
    public async Task EveryCapturedDialogue_IsAnsweredAsByTheReference()
    {
        await using var host = await BrokerHost.StartAsync(options => options.MaxSubscriptionsPerClient = 6);
        await using var hasty = await BrokerHost.StartAsync(options => options.PingInterval = TimeSpan.FromMilliseconds(50));
        var parties = new Dictionary<string, Party>();
        foreach (var scenario in Vectors.Load("conat-frames").GetProperty("scenarios").EnumerateArray())
        {
            var frames = FramesOf(scenario).ToList();
            var isPaced = frames.Exists(frame => frame.IsPaced);
            if (isPaced)
            {
                parties.Clear();
            }

            foreach (var group in frames.GroupBy(frame => frame.Party))
            {
                if (!parties.TryGetValue(group.Key, out var party))
                {
                    parties.Add(group.Key, party = new Party(isPaced ? hasty : host));
                }

                await party.PrepareAsync([.. group]);
            }

            foreach (var frame in frames)
            {
                await parties[frame.Party].PlayAsync(frame);
            }
        }
    }

    /// <summary>A list of frames under whatever name; of a dialogue of several, each frame or the list's name says whose it is.</summary>
    private static IEnumerable<Frame> FramesOf(JsonElement scenario) =>
        from member in scenario.EnumerateObject()
        where member.Value.ValueKind == JsonValueKind.Array
        from frame in member.Value.EnumerateArray()
        where frame.ValueKind == JsonValueKind.Object && frame.TryGetProperty("dir", out _)
        let isSent = frame.GetProperty("dir").GetString() == "c2s"
        // What the list of each party shows of the others' doing comes after it.
        orderby member.Name == "frames" ? 0 : isSent ? 1 : 2
        select new Frame(
            frame.TryGetProperty("party", out var party) ? party.GetString()! : member.Name,
            isSent,
            frame.GetProperty("type").GetString()!,
            frame.TryGetProperty("text", out var text) ? text.GetString()! : "",
            frame.TryGetProperty("hex", out var hex) ? hex.GetString()! : "",
            frame.TryGetProperty("ms", out _));

    private sealed record Frame(string Party, bool IsSent, string Type, string Text, string Hex, bool IsPaced)
    {
        public bool IsOpen => !IsSent && Text.StartsWith("0{", StringComparison.Ordinal);

        /// <summary>The subscription that a delivery is for.</summary>
        public string? Pattern => !IsSent && Delivery().Match(Text) is { Success: true } match ? JsonSerializer.Deserialize<string>(match.Groups[1].Value) : null;

        public string? AckId => !IsSent && Ack().Match(Text) is { Success: true } match ? match.Groups[1].Value : null;
    }

    private sealed class Party(BrokerHost host)
    {
        private readonly HashSet<string> _subjects = [];
        private readonly Queue<string> _acks = [];
        private readonly Queue<string> _events = [];
        private HashSet<string?> _answered = [];
        private string _cookies = BrokerHost.ProjectCookies;
        private RawClient? _client;

        /// <summary>Makes what the dialogue takes for granted: a connection, and subscriptions from before the capture.</summary>
        public async Task PrepareAsync(IReadOnlyList<Frame> frames)
        {
            _answered = [.. frames.Select(frame => frame.AckId)];
            var isRefused = frames.Any(frame => frame.Text.Contains("\"user\":{\"error\"", StringComparison.Ordinal));
            _cookies = isRefused ? $"project_secret=wrong; project_id={BrokerHost.ProjectId}" : BrokerHost.ProjectCookies;
            if (frames[0].IsOpen)
            {
                return;
            }

            _client ??= await host.ConnectAsync();
            var subscribed = frames.Where(frame => frame.IsSent).SelectMany(Subjects).ToHashSet();
            foreach (var pattern in frames.Select(frame => frame.Pattern).OfType<string>().Where(pattern => !subscribed.Contains(pattern) && _subjects.Add(pattern)))
            {
                var interest = JsonSerializer.Serialize(new { subject = pattern, queue = $"{GetHashCode()} {pattern}" });
                Assert.Equal("43987654[{\"status\":\"added\"}]", await _client.AskAsync($"42987654[\"subscribe\",{interest}]"));
            }
        }

        public async Task PlayAsync(Frame frame)
        {
            if (frame.IsOpen)
            {
                _client?.Dispose();
                _client = await host.OpenAsync(_cookies);
                _subjects.Clear();
            }

            if (!frame.IsSent)
            {
                await ExpectAsync(frame);
            }
            else if (frame.Type == "close")
            {
                await _client!.Socket.CloseOutputAsync(WebSocketCloseStatus.Empty, null, CancellationToken.None).Within();
            }
            else if (frame.Type == "binary")
            {
                await _client!.SendAsync(Convert.FromHexString(frame.Hex));
            }
            else
            {
                await _client!.SendAsync(frame.Text);
                var subjects = Subjects(frame);
                _subjects.UnionWith(frame.Text.Contains("\"subscribe\"", StringComparison.Ordinal) ? subjects : []);
                _subjects.ExceptWith(frame.Text.Contains("\"unsubscribe\"", StringComparison.Ordinal) ? subjects : []);
            }
        }

        private async Task ExpectAsync(Frame frame)
        {
            // Answers and deliveries each have their order; how they mix, the reference leaves to chance.
            var queue = frame.AckId is null ? _events : _acks;
            while (queue.Count == 0)
            {
                var next = await _client!.ReceiveAsync();
                if (Ack().Match(next) is not { Success: true } ack)
                {
                    _events.Enqueue(next);
                }
                else if (_answered.Contains(ack.Groups[1].Value))
                {
                    // Not one for which the captured client had stopped waiting.
                    _acks.Enqueue(next);
                }
            }

            var text = queue.Dequeue();
            var expected = frame.Type switch { "close" => "close", "binary" => "#" + frame.Hex, _ => frame.Text };
            Assert.Equal(Comparable(expected), Comparable(frame.Type == "close" ? text.Split(' ')[0] : text));
        }

        /// <summary>Without what is random or of the captured machine.</summary>
        private static string Comparable(string text)
        {
            text = text.StartsWith("0{", StringComparison.Ordinal) || text.StartsWith("40{", StringComparison.Ordinal) ? SessionId().Replace(text, "\"sid\":\"*\"") : text;
            return Address().Replace(InfoId().Replace(text, "42*[\"info\""), "\"http://*\"").Replace("\"pingInterval\":50,", "\"pingInterval\":25000,", StringComparison.Ordinal);
        }

        private static IEnumerable<string> Subjects(Frame frame) => Subscribe().Match(frame.Text) is { Success: true } match
            ? Subject().Matches(match.Value).Select(subject => JsonSerializer.Deserialize<string>(subject.Groups[1].Value)!)
            : [];
    }

    [GeneratedRegex("""^4[25](?:\d+-)?\[("(?:[^"\\]|\\.)*"),\{"subject":""")]
    private static partial Regex Delivery();

    [GeneratedRegex("""^43(\d+)\[""")]
    private static partial Regex Ack();

    [GeneratedRegex("""^42\d*\["(?:un)?subscribe",.*""")]
    private static partial Regex Subscribe();

    [GeneratedRegex(@"""subject"":(""(?:[^""\\]|\\.)*"")")]
    private static partial Regex Subject();

    [GeneratedRegex(@"""sid"":""[A-Za-z0-9_-]{20}""")]
    private static partial Regex SessionId();

    [GeneratedRegex(@"^42\d+\[""info""")]
    private static partial Regex InfoId();

    [GeneratedRegex(@"""http://[^""]+""")]
    private static partial Regex Address();
}
