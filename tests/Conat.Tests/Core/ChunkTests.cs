using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Core;

public sealed class ChunkTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(8_000_000L, 7_900_000)]
    [InlineData(101_000L, 1_000)]
    [InlineData(100L, 1_000)]
    [InlineData(null, 900_000)]
    public void ChunkSize_IsThatOfTheSpecification(long? maxPayload, int expected) => Assert.Equal(expected, ConatChunk.MaxBytes(maxPayload));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(10, 1)]
    [InlineData(11, 2)]
    [InlineData(30, 3)]
    public void SplitAndAdd_GivesTheMessage(int bytes, int chunks)
    {
        var payload = Enumerable.Range(0, bytes).Select(n => (byte)n).ToArray();
        var headers = new WireObject { ["a"] = 1 }.Build();
        var list = ConatChunk.Split("s", "id", payload, 1, headers, 10).ToList();
        Assert.Equal(chunks, list.Count);
        Assert.All(list, (chunk, n) => Assert.Equal((n == chunks - 1, n == chunks - 1), (chunk.IsLast, chunk.Headers is not null)));
        var assembler = NewAssembler();
        var messages = list.Select(chunk => assembler.Add("p", chunk)).OfType<ConatMessage>().ToList();
        Assert.Equal(chunks == 0 ? 0 : 1, messages.Count);
        Assert.All(messages, message => Assert.Equal((payload.Length, 1), (message.Raw.Length, message.Encoding)));
        Assert.All(messages, message => Assert.True(message.Raw.Span.SequenceEqual(payload)));
        Assert.Equal(0, assembler.PartialBytes);
    }

    [Fact]
    public void ABeginningThatIsMissing_DropsTheChunk() => Assert.Null(NewAssembler().Add("p", Chunk(1, true)));

    [Fact]
    public void AGap_DropsTheWholeMessage()
    {
        var assembler = NewAssembler();
        assembler.Add("p", Chunk(0, false));
        Assert.Null(assembler.Add("p", Chunk(2, true)));
        Assert.Null(assembler.Add("p", Chunk(1, true)));
        Assert.Equal(0, assembler.PartialBytes);
        Assert.Equal(2, assembler.DroppedChunks);
    }

    [Fact]
    public void SubscriptionsOfOneMessage_AreApart()
    {
        var assembler = NewAssembler();
        Assert.Null(assembler.Add("p", Chunk(0, false)));
        Assert.Null(assembler.Add("q", Chunk(0, false)));
        Assert.NotNull(assembler.Add("p", Chunk(1, true)));
        Assert.NotNull(assembler.Add("q", Chunk(1, true)));
    }

    [Fact]
    public void APartialMessage_IsForgottenAfterItsTime()
    {
        var assembler = NewAssembler();
        assembler.Add("p", Chunk(0, false));
        _time.Advance(TimeSpan.FromSeconds(121));
        Assert.Null(assembler.Add("p", Chunk(1, true)));
        Assert.Equal(0, assembler.PartialBytes);
    }

    [Fact]
    public void PartialBytes_AreBounded()
    {
        var assembler = NewAssembler(maxBytes: 100);
        for (var n = 0; n < 100; n++)
        {
            assembler.Add("p", Chunk(0, false, $"id{n}"));
            Assert.InRange(assembler.PartialBytes, 0, 100);
        }

        Assert.NotNull(assembler.Add("p", Chunk(0, true, "whole")));
    }

    [Theory]
    [InlineData("{\"subject\":\"a\",\"data\":[\"id\",0,1,0,\"text\"]}")]
    [InlineData("{\"subject\":\"a\",\"data\":[\"id\",0,1,0]}")]
    [InlineData("{\"subject\":\"a\",\"data\":[]}")]
    [InlineData("{\"subject\":\"a\",\"data\":[null,0,1,0,\"bytes\"]}")]
    [InlineData("{\"subject\":1}")]
    [InlineData("[]")]
    public void WhatIsNoDelivery_IsRefused(string json)
    {
        Assert.True(WireJson.TryParse(System.Text.Encoding.UTF8.GetBytes(json), out var value));
        Assert.False(ConatChunk.TryReadDelivery(value, out _));
    }

    [Fact]
    public void Delivery_MayHaveMoreElementsAndNullHeaders()
    {
        var data = new WireValue.Items(["id", 0, 1, 0, new WireValue.Bytes(new byte[1]), WireValue.Null, "more"]);
        Assert.True(ConatChunk.TryReadDelivery(new WireObject { ["subject"] = "a", ["data"] = data }.Build(), out var chunk));
        Assert.Null(chunk!.Headers);
    }

    [Theory]
    [InlineData("-1", 0)]
    [InlineData("0.5", 0)]
    [InlineData("\"1\"", 0)]
    [InlineData("null", 0)]
    [InlineData("1e300", 0)]
    [InlineData("1", 1)]
    public void ANumberThatIsNone_DropsTheWholeMessage(string sequence, int messages)
    {
        var assembler = NewAssembler();
        assembler.Add("p", Chunk(0, false));
        Assert.Equal(messages, assembler.Add("p", Delivered("\"id\"", sequence, "0")) is null ? 0 : 1);
        Assert.Equal((0, 1 - messages), (assembler.PartialBytes, assembler.DroppedChunks));
    }

    [Theory]
    [InlineData("5", "0", "5", 0)]
    [InlineData("true", "0", "true", 0)]
    [InlineData("\"\"", "0", "", 0)]
    [InlineData("\"id\"", "\"0\"", "id", -1)]
    [InlineData("\"id\"", "-3", "id", -1)]
    [InlineData("\"id\"", "0.5", "id", -1)]
    [InlineData("\"id\"", "7", "id", 7)]
    public void OddFields_AreTakenAsFarAsTheyMeanSomething(string id, string encoding, string expectedId, int expectedEncoding)
    {
        var chunk = Delivered(id, "0", encoding);
        Assert.Equal((expectedId, expectedEncoding), (chunk.MessageId, chunk.Encoding));
        var message = NewAssembler().Add("p", chunk)!;
        Assert.Equal(expectedEncoding == 0, message.TryRead(out _));
    }

    /// <summary>The last chunk of a message, its payload one byte that is null in MessagePack.</summary>
    private static ConatChunk Delivered(string id, string sequence, string encoding)
    {
        var json = $"{{\"subject\":\"s\",\"data\":[{id},{sequence},1,{encoding}]}}";
        Assert.True(WireJson.TryParse(System.Text.Encoding.UTF8.GetBytes(json), out var value));
        var data = ((WireValue.Items)((WireValue.Members)value)["data"]).Values.Add(new WireValue.Bytes(new byte[] { 0xc0 }));
        Assert.True(ConatChunk.TryReadDelivery(new WireObject { ["subject"] = "s", ["data"] = new WireValue.Items(data) }.Build(), out var chunk));
        return chunk!;
    }

    private static ConatChunk Chunk(int sequence, bool isLast, string id = "id") => new("s", id, sequence, isLast, 0, new byte[10]);

    private MessageAssembler NewAssembler(long maxBytes = 1_000) => new(maxBytes, TimeSpan.FromSeconds(120), _time);
}
