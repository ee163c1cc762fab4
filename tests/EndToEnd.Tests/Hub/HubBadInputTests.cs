using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace ProjectSilo.Tests.Hub;

/// <summary>What a hub, or whoever connects, may send that is wrong (spec 02 §1, §2): it harms its own connection at most.</summary>
public sealed class HubBadInputTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private const int Mebibyte = 1024 * 1024;

    private NodeHub Hub => fixture.Hub;

    public static TheoryData<string, byte[]> MalformedFrames => new()
    {
        { "bad JSON", Frame('j', "{\"event\":") },
        { "empty JSON", Frame('j', "") },
        { "unknown type", Frame('x', "abc") },
        { "length 0", new byte[4] },
        { "null", Frame('j', "null") },
        { "number", Frame('j', "5") },
        { "array", Frame('j', "[{\"event\":\"ping\"}]") },
        { "string", Frame('j', "\"ping\"") },
        { "short blob", Frame('b', "too-short") },
        { "blob that nobody waits for", Frame('b', "10746628-1c63-499e-bb9e-b2617d3ad2c5 data") },
        { "100,000 levels", Frame('j', "{\"event\":\"ping\",\"x\":" + new string('[', 100_000) + new string(']', 100_000) + "}") },
        { "100,000 open levels", Frame('j', new string('{', 100_000)) },
        { "no event and no id", Frame('j', "{}") },
        { "unknown event without id", Frame('j', "{\"event\":\"nonsense\"}") },
        { "error", Frame('j', "{\"event\":\"error\",\"error\":\"nope\",\"id\":\"1\"}") },
        { "answer to no call", Frame('j', "{\"event\":\"query\",\"id\":\"1\"}") },
    };

    [Theory]
    [MemberData(nameof(MalformedFrames))]
    public async Task Frame_ThatIsMalformed_IsDroppedAndTheConnectionGoesOn(string name, byte[] frame)
    {
        var before = fixture.Use();
        var connection = $"malformed: {name}";
        await Hub.ConnectAsync(connection);
        await Hub.SendRawAsync(connection, frame);
        await fixture.OtherIsAnsweredAsync();
        await Hub.CallAsync(connection, "ping");
        // Nothing but the answer to the ping.
        Assert.Single(Hub.Events, happened => (string?)happened["on"] == connection && NodeHub.Got(happened) != "connected");
        await Hub.StepAsync(connection, new JsonObject { ["do"] = "close" });
        await before.NothingLeakedAsync();
    }

    [Fact]
    public async Task Frame_WithInvalidUtf8_HasReplacementCharacters()
    {
        await Hub.SendRawAsync(NodeHub.Main, Frame('j', [.. "{\"event\":\"ping\",\"id\":\"a"u8, 0xff, .. "\"}"u8]));
        await Hub.MessageAsync(NodeHub.Main, message => (string?)message["id"] == "a\ufffd", "pong");
    }

    [Theory]
    [InlineData("nonsense", "nonsense")]
    [InlineData("", "")]
    [InlineData("toString", "toString")]
    public async Task Event_ThatIsUnknown_IsAnsweredByAnError(string name, string shown)
    {
        var answer = await Hub.CallAsync(NodeHub.Main, name);
        Assert.Equal("error", (string?)answer["event"]);
        Assert.Equal($"Project {DaemonProcess.ProjectId} does not implement handling mesg with event='{shown}'", (string?)answer["error"]);
    }

    [Theory]
    [InlineData(0xffff_ffff)]
    [InlineData(0x8000_0000)]
    [InlineData(256 * Mebibyte + 1)]
    public async Task Frame_ThatIsAnnouncedTooLong_ClosesItsConnection(uint length)
    {
        var before = fixture.Use();
        var connection = $"too long: {length}";
        await Hub.ConnectAsync(connection);
        await Hub.SendRawAsync(connection, Head(length));
        await Hub.ClosedAsync(connection);
        await fixture.OtherIsAnsweredAsync();
        await before.NothingLeakedAsync();
    }

    [Fact]
    public async Task Frame_ThatIsAnnouncedAndDoesNotCome_TakesNoMemory()
    {
        var before = fixture.Use();
        string[] connections = [.. Enumerable.Range(0, 20).Select(i => $"announced {i}")];
        foreach (var connection in connections)
        {
            await Hub.ConnectAsync(connection);
            await Hub.SendRawAsync(connection, Head(256 * Mebibyte));
        }

        await fixture.OtherIsAnsweredAsync();
        await (before with { Descriptors = before.Descriptors + connections.Length }).NothingLeakedAsync(growthMiB: 200);
        foreach (var connection in connections)
        {
            await Hub.StepAsync(connection, new JsonObject { ["do"] = "close" });
        }

        await before.NothingLeakedAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task RandomBytes_OnAnUnlockedConnection_HarmNobodyElse(int seed)
    {
        var before = fixture.Use();
        var bytes = new byte[64 * 1024];
        new Random(seed).NextBytes(bytes);
        // Lengths that are plausible, so that the bytes are taken for frames and not just for one that is too long.
        for (var at = 0; at + 1024 <= bytes.Length; at += 1024)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), 1020);
            bytes[at + 4] = (byte)(at % 2048 == 0 ? 'j' : 'b');
        }

        var connection = $"random {seed}";
        await Hub.ConnectAsync(connection);
        await Hub.SendRawAsync(connection, bytes);
        await Hub.SendRawAsync(connection, Head(uint.MaxValue));
        await Hub.ClosedAsync(connection);
        await fixture.OtherIsAnsweredAsync();
        await before.NothingLeakedAsync();
    }

    [Theory]
    [InlineData("two segments", "0123456789", "abcdef0123456789abcdef")]
    [InlineData("with a newline", DaemonProcess.Token + "\n")]
    [InlineData("with a frame in the same segment, which is lost", DaemonProcess.Token + "\0\0\0\u0011j{\"event\":\"ping\"}")]
    public async Task Unlock_WithTheToken_IsAnsweredByOneByte(string name, params string[] segments)
    {
        await TcpAsync(name, segments);
        await Hub.SendRawAsync(name, Frame('j', "{\"event\":\"ping\",\"id\":\"1\"}"));
        await Hub.NextAsync(name, _ => Received(name).Length > 1, "pong");
        Assert.Equal("y" + Encoding.UTF8.GetString(Frame('j', "{\"event\":\"pong\",\"id\":\"1\"}")), Received(name));
    }

    [Theory]
    [InlineData("wrong token", "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX")]
    [InlineData("first byte wrong", "X")]
    [InlineData("good prefix, then wrong bytes", "0123456789", "zz")]
    [InlineData("no text", "\0\u0001\u0002\u007f")]
    public async Task Unlock_WithAnythingElse_IsRefused(string name, params string[] segments)
    {
        await TcpAsync(name, segments);
        await Hub.ClosedAsync(name);
        Assert.Equal("nInvalid secret token.", Received(name));
        await fixture.OtherIsAnsweredAsync();
    }

    [Fact]
    public async Task Deadlines_CloseWhoIsSilent()
    {
        await using var daemon = new DaemonProcess().With("PROJECTSILO_Hub__UnlockTimeout", "00:00:05").With("PROJECTSILO_Hub__HeartbeatCheckInterval", "00:00:05");
        await daemon.StartReadyAsync();
        await using var hub = NodeHub.Start(daemon.Data);
        await hub.ConnectAsync();
        await hub.ConnectAsync("no heartbeats", heartbeat: false);
        await hub.StepAsync("half a token", new JsonObject { ["do"] = "tcp" });
        await hub.SendRawAsync("half a token", Encoding.ASCII.GetBytes(DaemonProcess.Token[..8]));

        var closed = Task.WhenAll(hub.ClosedAsync("no heartbeats"), hub.ClosedAsync("half a token"));
        while (!closed.IsCompleted)
        {
            await hub.SendAsync(NodeHub.Main, new JsonObject { ["event"] = "heartbeat" });
            // Other traffic is no heartbeat.
            await hub.SendAsync("no heartbeats", new JsonObject { ["event"] = "ping" });
            await Task.WhenAny(closed, Task.Delay(100));
        }

        await closed;
        Assert.DoesNotContain(hub.Events, happened => NodeHub.Got(happened) == "bytes");
        Assert.Equal("pong", (string?)(await hub.CallAsync(NodeHub.Main, "ping"))["event"]);
    }

    [Fact]
    public async Task Crowd_OfSilentConnections_DoesNotKeepAHubOut()
    {
        var before = fixture.Use();
        await Hub.StepAsync("crowd", new JsonObject { ["do"] = "crowd", ["count"] = 1000 });
        await Hub.NextAsync("crowd", happened => NodeHub.Got(happened) == "crowd", "1,000 connections");
        await Hub.ConnectAsync("after the crowd");
        await Hub.CallAsync("after the crowd", "ping");
        await fixture.OtherIsAnsweredAsync();
        await Hub.StepAsync("crowd", new JsonObject { ["do"] = "close" });
        await Hub.StepAsync("after the crowd", new JsonObject { ["do"] = "close" });
        await before.NothingLeakedAsync();
    }

    [Fact]
    public async Task Hub_ThatStopsReading_IsDisconnected()
    {
        const int Answers = 20;
        const string Connection = "does not read";
        var before = fixture.Use();
        await Hub.ConnectAsync(Connection);
        await Hub.StepAsync(Connection, new JsonObject { ["do"] = "pause" });
        for (var i = 0; i < Answers; i++)
        {
            await Hub.SendAsync(Connection, new JsonObject
            {
                ["event"] = "project_exec",
                ["id"] = $"{i}",
                ["command"] = $"head -c {5 * Mebibyte} /dev/zero | tr '\\0' x",
            });
        }

        await fixture.OtherIsAnsweredAsync();
        await fixture.Daemon.WaitUntilAsync(() => fixture.Daemon.Read("log").Contains("it has stopped reading", StringComparison.Ordinal), "not disconnected");
        await fixture.OtherIsAnsweredAsync();
        await Hub.StepAsync(Connection, new JsonObject { ["do"] = "resume" });
        await Hub.ClosedAsync(Connection);
        await before.NothingLeakedAsync(growthMiB: 1024);
    }

    private async Task TcpAsync(string on, string[] segments)
    {
        await Hub.StepAsync(on, new JsonObject { ["do"] = "tcp" });
        foreach (var segment in segments)
        {
            await Hub.SendRawAsync(on, Encoding.Latin1.GetBytes(segment));
            // The other connection's answer comes after the segment has been read.
            await fixture.OtherIsAnsweredAsync();
        }

        await Hub.NextAsync(on, happened => NodeHub.Got(happened) == "bytes", "the answer to the token");
    }

    private string Received(string on) =>
        Encoding.UTF8.GetString([.. Hub.Events
            .Where(happened => (string?)happened["on"] == on && NodeHub.Got(happened) == "bytes")
            .SelectMany(happened => Convert.FromHexString((string)happened["hex"]!))]);

    private static byte[] Frame(char type, string payload) => Frame(type, Encoding.UTF8.GetBytes(payload));

    private static byte[] Frame(char type, byte[] payload)
    {
        var frame = new byte[5 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, 1 + payload.Length);
        frame[4] = (byte)type;
        payload.CopyTo(frame, 5);
        return frame;
    }

    private static byte[] Head(uint length)
    {
        var head = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(head, length);
        head[4] = (byte)'j';
        return head;
    }
}
