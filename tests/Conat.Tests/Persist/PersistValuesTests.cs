using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.MessagePack;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Tests.Persist;

public sealed class PersistValuesTests
{
    [Fact]
    public void AnEvent_IsTheSpecificationsBytes()
    {
        var message = new StoredMessage(2, 0x01a201e2b3a9, "k", 0, new byte[] { 0xa2, 0x76, 0x31 }, new WireObject { ["h"] = 1 }.Build());
        var raw = MessagePackCodec.Encode(new WireValue.Items([new StreamEvent.Stored(message).ToWire()]));
        Assert.Equal(
            "9186a373657102a474696d65cf000001a201e2b3a9a36b6579a16ba8656e636f64696e6700a3726177c403a27631a76865616465727381a16801", Convert.ToHexStringLower(raw));
    }

    [Fact]
    public void AnOpenFrame_IsTheSpecificationsBytes()
    {
        var path = "projects/00000000-0000-4000-8000-000000000001/foo";
        var raw = MessagePackCodec.Encode(new PersistOpen(path, Ephemeral: false, Changefeed: false).ToWire());
        Assert.StartsWith("82a773746f7261676582a470617468d931", Convert.ToHexStringLower(raw), StringComparison.Ordinal);
        Assert.EndsWith("a9657068656d6572616cc2aa6368616e676566656564c2", Convert.ToHexStringLower(raw), StringComparison.Ordinal);
        Assert.Equal(new PersistOpen(path, false, false, false), PersistOpen.Read(new PersistOpen(path).ToWire()));
    }

    [Fact]
    public void Events_AreReadAsTheyWereWritten()
    {
        StreamEvent[] events =
        [
            new StreamEvent.Stored(new StoredMessage(1, 5, null, 1, new byte[] { 1 }, null), "id"),
            new StreamEvent.Stored(new StoredMessage(3, 5, "", 0, Array.Empty<byte>(), new WireObject { [PersistHeaders.Tombstone] = true }.Build())),
            new StreamEvent.Deleted([1, 1000]),
            new StreamEvent.Deleted([]),
        ];
        foreach (var written in events)
        {
            Assert.True(MessagePackCodec.TryDecode(MessagePackCodec.Encode(written.ToWire()), out var value, out _));
            Assert.True(StreamEvent.TryRead(value, out var read));
            Assert.Equal(written.ToWire().ToString(), read!.ToWire().ToString());
        }

        Assert.False(StreamEvent.TryRead("x", out _));
        Assert.False(StreamEvent.TryRead(new WireObject { ["op"] = "delete" }.Build(), out _));
        Assert.False(StreamEvent.TryRead(new WireObject { ["seq"] = 1 }.Build(), out _));
    }

    [Theory]
    [InlineData(null, 1, "a", 2)]
    [InlineData("""{"CN-Tombstone":true}""", 1, "a", 23)]
    [InlineData(null, 0, "😀", 2)]
    public void TheSize_IsInUtf16(string? headers, int raw, string key, long expected)
    {
        Assert.Equal(expected, MessageSize.Of(headers, raw, key));
        Assert.Equal(headers, MessageSize.HeadersJson(headers is null ? null : new WireObject { [PersistHeaders.Tombstone] = true }.Build()));
    }

    [Fact]
    public void AConfiguration_TakesWhatJavaScriptWould()
    {
        var change = StreamConfigurationChange.Read(new WireObject
        {
            ["max_bytes"] = "77",
            ["max_msg_size"] = 12.9,
            ["max_msgs"] = WireValue.Null,
            ["discard_policy"] = "weird",
            ["allow_msg_ttl"] = "true",
            ["desc"] = new WireObject { ["path"] = "a" }.Build(),
            ["bogus"] = 1,
        }.Build());
        var configuration = (StreamConfiguration.Default with { MaxMsgs = 10, DiscardPolicy = DiscardPolicy.New }).With(change);
        Assert.Equal(
            """{"max_msgs":10,"max_age":0,"max_bytes":77,"max_msg_size":12,"max_bytes_per_second":-1,"max_msgs_per_second":-1,"discard_policy":"old","allow_msg_ttl":true,"desc":{"path":"a"}}""",
            configuration.ToWire().ToString());
        Assert.Equal("""{"max_msgs":10,"max_bytes":77,"max_msg_size":12,"allow_msg_ttl":true,"desc":{"path":"a"}}""", configuration.ToLimits().ToString());
        Assert.Equal(configuration.ToWire().ToString(), StreamConfiguration.Default.With(StreamConfigurationChange.Read(configuration.ToWire())).ToWire().ToString());
    }

    [Fact]
    public void AConfiguration_RefusesWhatIsNoNumber() =>
        Assert.Equal("400", Assert.Throws<ConatException>(() => StreamConfigurationChange.Read(new WireObject { ["max_msgs"] = "many" }.Build())).Code);
}
