using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using ProjectSilo.Grains.Kernels.Wire;
using ProjectSilo.Grains.Kernels.Zmtp;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>Jupyter messages as frames (spec 10 §4.2).</summary>
public sealed class JupyterCodecTests
{
    private const string Key = "k";
    private const string Header = """{"msg_id":"1","msg_type":"stream"}""";

    public static TheoryData<string, string[]> Cases()
    {
        var cases = new TheoryData<string, string[]>();
        foreach (var item in Vectors.Load("jupyter-execute").GetProperty("zmq_frames").EnumerateArray())
        {
            cases.Add(item.GetProperty("key").GetString()!, [.. item.GetProperty("frames").EnumerateArray().Select(frame => frame.GetString()!)]);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Vectors_AreReadAndWritten(string key, string[] frames)
    {
        using var signer = new MessageSigner(key);
        var wire = Frames(frames);
        Assert.True(JupyterCodec.TryParse(wire, signer, out var message));
        using var header = JsonDocument.Parse(message!.Header);
        Assert.Equal(header.RootElement.GetProperty("msg_id").GetString(), message.MessageId);
        Assert.Equal(header.RootElement.GetProperty("msg_type").GetString(), message.MessageType);
        Assert.Equal(Frames(frames[Array.IndexOf(frames, "<IDS|MSG>")..]).Wire.ToArray(), JupyterCodec.Encode(message, signer).Wire.ToArray());

        var made = JupyterMessage.Create(
            message.MessageType, message.MessageId, message.Content, header.RootElement.GetProperty("date").GetDateTimeOffset(), header.RootElement.GetProperty("username").GetString()!);
        Assert.Equal(message.Header.ToArray(), made.Header.ToArray());
        var signature = Array.IndexOf(frames, "<IDS|MSG>") + 1;
        Assert.False(Parses(Frames([.. frames.Select((frame, i) => i == signature ? Flip(frame) : frame)]), key));
        Assert.False(Parses(wire, key + "x"));
    }

    [Fact]
    public void RoutingIdsAndBuffers_AreTold()
    {
        using var signer = new MessageSigner(Key);
        var sent = new JupyterMessage
        {
            MessageId = "1",
            MessageType = "status",
            Header = Utf8("""{"msg_type":"status","x":[{"msg_id":"no"}],"msg_id":"1"}"""),
            ParentHeader = Utf8("""{"msg_id":"é"}"""),
            Content = Utf8("""{"a":{"execution_state":"no"},"execution_state":"busy","n":123456789012345678901234567890}"""),
            Buffers = [Utf8("<IDS|MSG>"), default, new byte[] { 0xff, 0 }],
        };
        var wire = new ZmtpMessage(new byte[] { 1, 2, 0xff, 0x00, 1, 0 }.Concat(JupyterCodec.Encode(sent, signer).Wire.ToArray()).ToArray());
        Assert.True(JupyterCodec.TryParse(wire, signer, out var message));
        Assert.Equal(("1", "status", "é", "busy"), (message!.MessageId, message.MessageType, message.ParentId, message.ExecutionState));
        Assert.Equal(sent.Content.ToArray(), message.Content.ToArray());
        Assert.Equal("{}", Encoding.UTF8.GetString(message.Metadata.Span));
        Assert.Equal(sent.Buffers.Select(buffer => buffer.ToArray()), message.Buffers.Select(buffer => buffer.ToArray()));
    }

    [Fact]
    public void EmptyKey_HasEmptySignatures()
    {
        Assert.True(Parses(Frames("<IDS|MSG>", "", Header, "{}", "{}", "{}"), ""));
        Assert.False(Parses(Frames("<IDS|MSG>", "00", Header, "{}", "{}", "{}"), ""));
        Assert.False(Parses(Frames("<IDS|MSG>", "", Header, "{}", "{}", "{}"), Key));
    }

    [Theory]
    [InlineData(Header, "{}", "{}", "{}", true)]
    [InlineData(Header, "null", "{}", "{}", true)]
    [InlineData(Header, """{"msg_id":7}""", "{}", " {} ", true)]
    [InlineData("""{"msg_id":"\ud83d\ude00","msg_type":"a\u0062"}""", "{}", "{}", """{"x":"\ud800"}""", true)]
    [InlineData("{}", "{}", "{}", "{}", false)]
    [InlineData("""{"msg_id":"1"}""", "{}", "{}", "{}", false)]
    [InlineData("""{"msg_type":"stream"}""", "{}", "{}", "{}", false)]
    [InlineData("""{"msg_id":1,"msg_type":"stream"}""", "{}", "{}", "{}", false)]
    [InlineData("""{"msg_id":"\ud800","msg_type":"stream"}""", "{}", "{}", "{}", false)]
    [InlineData("[]", "{}", "{}", "{}", false)]
    [InlineData("", "{}", "{}", "{}", false)]
    [InlineData(Header + "x", "{}", "{}", "{}", false)]
    [InlineData(Header, "[]", "{}", "{}", false)]
    [InlineData(Header, "{}", "", "{}", false)]
    [InlineData(Header, "{}", "{}", "{", false)]
    [InlineData(Header, "{}", "{}", "7", false)]
    [InlineData(Header, "{}", "{}", """{"x":NaN}""", false)]
    public void SignedFrames_MustBeJsonObjects(string header, string parentHeader, string metadata, string content, bool isGood) =>
        Assert.Equal(isGood, Parses(Frames("<IDS|MSG>", "", header, parentHeader, metadata, content), ""));

    [Fact]
    public void DeepContent_IsReadToALimit()
    {
        Assert.True(Parses(Frames("<IDS|MSG>", "", Header, "{}", "{}", Deep(900)), ""));
        Assert.False(Parses(Frames("<IDS|MSG>", "", Header, "{}", "{}", Deep(100_000)), ""));

        static string Deep(int depth) => "{\"x\":" + new string('[', depth) + new string(']', depth) + "}";
    }

    [Fact]
    public void MissingFrames_AreNoMessage()
    {
        string[] good = ["topic", "<IDS|MSG>", "", Header, "{}", "{}", "{}"];
        Assert.True(Parses(Frames(good), ""));
        for (var i = 1; i < good.Length; i++)
        {
            Assert.False(Parses(Frames([.. good.Where((_, at) => at != i)]), ""));
            Assert.False(Parses(Frames(good[..i]), ""));
        }
    }

    [Fact]
    public void MutatedMessages_AreReadOrDropped()
    {
        // Unsigned, so that mutations come as far as the JSON; and signed ones, so that they don't.
        using var none = new MessageSigner("");
        using var signer = new MessageSigner(Key);
        byte[][] corpus =
        [
            .. Cases().Select(item => Frames((string[])item[1]).Wire.ToArray()),
            JupyterCodec.Encode(Message("""{"execution_state":"idle","a":["\ud83d\ude00é",1e5,null,true,{}]}""", Utf8("buffer"), default), none).Wire.ToArray(),
            JupyterCodec.Encode(Message("""{"name":"stdout","text":"\n"}"""), none).Wire.ToArray(),
            JupyterCodec.Encode(Message("{}"), signer).Wire.ToArray(),
        ];
        new MutationFuzzer(corpus, seed: 10).Run(MutationFuzzer.Inputs(usual: 200_000), input =>
        {
            var decoder = new ZmtpDecoder(MutationFuzzer.MaxBytes);
            input.CopyTo(decoder.GetMemory());
            decoder.Advance(input.Length);
            if (decoder.Read() != ZmtpEvent.Message)
            {
                return;
            }

            var type = JupyterCodec.PeekType(decoder.Message);
            if (JupyterCodec.TryParse(decoder.Message, none, out var message))
            {
                Assert.True(type == message!.MessageType || type is null || Encoding.UTF8.GetString(message.Header.Span).Contains('\ufffd'));
                using var content = JsonDocument.Parse(message.Content, new JsonDocumentOptions { MaxDepth = 2000 });
                Assert.Equal(JsonValueKind.Object, content.RootElement.ValueKind);
                Assert.True(JupyterCodec.TryParse(JupyterCodec.Encode(message, none), none, out var again));
                Assert.Equal((message.MessageId, message.MessageType, message.ParentId, message.ExecutionState), (again!.MessageId, again.MessageType, again.ParentId, again.ExecutionState));
            }
        });
    }

    private static JupyterMessage Message(string content, params ImmutableArray<ReadOnlyMemory<byte>> buffers) => new()
    {
        MessageId = "1",
        MessageType = "status",
        Header = JupyterMessage.Create("status", "1", default, DateTimeOffset.UnixEpoch).Header,
        Content = Utf8(content),
        Buffers = buffers,
    };

    private static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static ZmtpMessage Frames(params string[] frames) => ZmtpMessage.Of([.. frames.Select(Encoding.UTF8.GetBytes)]);

    private static string Flip(string signature) => signature.StartsWith('0') ? '1' + signature[1..] : '0' + signature[Math.Min(1, signature.Length)..];

    private static bool Parses(ZmtpMessage frames, string key)
    {
        using var signer = new MessageSigner(key);
        return JupyterCodec.TryParse(frames, signer, out _);
    }
}
