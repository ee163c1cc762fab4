using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text;
using ProjectSilo.Conat.Server.Broker;

namespace ProjectSilo.Tests.Broker;

/// <summary>The server's side of WebSockets (RFC 6455), fed by the framework's client and by hand.</summary>
public sealed class MessageReaderTests : IDisposable
{
    private const int MaxBytes = 100_000;

    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new();
    private readonly SharedBufferPool _pool = new();
    private readonly MessageReader _reader;

    public MessageReaderTests() => _reader = new MessageReader(new Trickle(_toServer.Reader.AsStream()), new FrameWriter(_toClient.Writer.AsStream()), MaxBytes, _pool);

    public void Dispose()
    {
        _reader.Dispose();
        Assert.Equal(0, _pool.InUse);
    }

    [Theory]
    [InlineData("81", null)]
    [InlineData("8185010203", null)]
    [InlineData("818501020304", true)]
    [InlineData("81fe01000102", null)]
    [InlineData("82ff000000000001000001020304", true)]
    [InlineData("82ff800000000001000001020304", false)]
    [InlineData("8105", false)]
    [InlineData("c18501020304", false)]
    [InlineData("838501020304", false)]
    [InlineData("8b8001020304", false)]
    [InlineData("098001020304", false)]
    [InlineData("89fe0080010203", false)]
    public void Header_IsReadAsRfc6455SaysAndNoClientMayOverstepIt(string hex, bool? expected)
    {
        var isHeader = WebSocketFrameHeader.Read(Convert.FromHexString(hex), out var header);
        Assert.Equal(expected, isHeader);
        if (expected == true)
        {
            Assert.Equal((0x04030201u, hex.Length / 2), (header.Mask, header.Bytes));
        }
    }

    [Theory]
    [InlineData("", 1005)]
    [InlineData("03", 1002)]
    [InlineData("03e8", 1000)]
    [InlineData("03e96279", 1001)]
    [InlineData("0fa0", 4000)]
    [InlineData("03ed", 1002)]
    [InlineData("03ee", 1002)]
    [InlineData("03f7", 1002)]
    [InlineData("0000", 1002)]
    [InlineData("1388", 1002)]
    [InlineData("03e8ff", 1007)]
    public void Close_IsAnsweredWithItsStatusIfThatMayBeSent(string hex, int status) =>
        Assert.Equal(status, (int)WebSocketFrame.ReadClose(Convert.FromHexString(hex)));

    /// <summary>Whatever the framework's client sends in whatever parts is what comes, however few bytes are received at once.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Messages_OfTheFrameworksClient_AreRead(int seed)
    {
        var random = new Random(seed);
        using var client = WebSocket.CreateFromStream(new Duplex(_toClient.Reader.AsStream(), _toServer.Writer.AsStream()), new WebSocketCreationOptions());
        for (var i = 0; i < 60; i++)
        {
            var isText = random.Next(2) == 0;
            var sent = new byte[random.Next(4) == 0 ? random.Next(MaxBytes + 1) : random.Next(200)];
            random.NextBytes(sent);
            sent = isText ? [.. sent.Select(each => (byte)(each & 0x7f))] : sent;
            var sending = SendAsync(client, sent, isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, random);
            Assert.Equal(isText ? MessageKind.Text : MessageKind.Binary, await _reader.ReadAsync(default).AsTask().Within());
            await sending.Within();
            var binary = _reader.TakeBinary();
            Assert.Equal(sent, (isText ? _reader.Text : binary!.Memory).ToArray());
            binary?.Release();
        }

        var closing = client.CloseOutputAsync((WebSocketCloseStatus)4321, "bye", default);
        Assert.Equal(MessageKind.End, await _reader.ReadAsync(default).AsTask().Within());
        await closing.Within();
        Assert.Equal(4321, (int)_reader.Status);
    }

    [Fact]
    public async Task Ping_IsAnsweredBetweenThePartsOfAMessage()
    {
        await SendAsync("0183 00000000 616263");
        await SendAsync("8982 01020304 6960");
        await SendAsync("8081 00000000 6f");
        Assert.Equal(MessageKind.Text, await _reader.ReadAsync(default).AsTask().Within());
        Assert.Equal("abco", Encoding.UTF8.GetString(_reader.Text.Span));
        var answer = await _toClient.Reader.ReadAsync().AsTask().Within();
        Assert.Equal("8a026862", Convert.ToHexStringLower(answer.Buffer.FirstSpan));
    }

    [Theory]
    [InlineData("8200", 1002)]
    [InlineData("8080 00000000", 1002)]
    [InlineData("0181 00000000 61 8181 00000000 62", 1002)]
    [InlineData("8181 00000000 ff", 1007)]
    [InlineData("82ff 00000000000186a1 00000000", 1009)]
    [InlineData("82ff 7fffffffffffffff 00000000", 1009)]
    [InlineData("0181 00000000 61 00ff 00000000000186a0 00000000", 1009)]
    [InlineData("0181 00000000 61 00ff 7fffffffffffffff 00000000", 1009)]
    public async Task WhatMayNotBeSent_IsRefusedAtOnce(string hex, int status)
    {
        await SendAsync(hex);
        Assert.Equal((MessageKind.Refused, status), (await _reader.ReadAsync(default).AsTask().Within(), (int)_reader.Status));
    }

    [Fact]
    public async Task RestOfARefusedMessage_IsPassedOverUntilTheOtherSideEnds()
    {
        await SendAsync("01ff 000000000000c350 00000000");
        await SendAsync(new byte[50_000]);
        await SendAsync("00ff 000000000000c351 00000000");
        Assert.Equal((MessageKind.Refused, 1009), (await _reader.ReadAsync(default).AsTask().Within(), (int)_reader.Status));
        await SendAsync(new byte[50_001]);
        await SendAsync("8083 00000000 616263 8181 00000000 62");
        Assert.Equal(MessageKind.Text, await _reader.ReadAsync(default).AsTask().Within());
        Assert.Equal("b", Encoding.UTF8.GetString(_reader.Text.Span));
        await SendAsync("8882 00000000 03e8");
        Assert.Equal((MessageKind.End, 1000), (await _reader.ReadAsync(default).AsTask().Within(), (int)_reader.Status));
    }

    [Fact]
    public async Task WhileNothingComes_NoMemoryIsHeld()
    {
        await SendAsync("8181 00000000 62");
        Assert.Equal(MessageKind.Text, await _reader.ReadAsync(default).AsTask().Within());
        Assert.Equal(1, _pool.InUse);
        var reading = _reader.ReadAsync(default).AsTask();
        Assert.Equal((false, 0), (reading.IsCompleted, _pool.InUse));
        await SendAsync("8181 00000000 63");
        Assert.Equal(MessageKind.Text, await reading.Within());
    }

    private Task SendAsync(string hex) => SendAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

    private async Task SendAsync(byte[] bytes) => await _toServer.Writer.AsStream(leaveOpen: true).WriteAsync(bytes).AsTask().Within();

    private static async Task SendAsync(WebSocket client, byte[] message, WebSocketMessageType type, Random random)
    {
        var rest = message.AsMemory();
        while (rest.Length > 0 && random.Next(3) > 0)
        {
            var part = rest[..random.Next(rest.Length + 1)];
            await client.SendAsync(part, type, endOfMessage: false, CancellationToken.None);
            rest = rest[part.Length..];
        }

        await client.SendAsync(rest, type, endOfMessage: true, CancellationToken.None);
    }

    /// <summary>Gives few bytes at once, each time another number.</summary>
    private sealed class Trickle(Stream inner) : DelegatedStream
    {
        private int _reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(buffer.Length, 1 + (++_reads * 7919 % 5_000))], cancellationToken);
    }

    private sealed class Duplex(Stream input, Stream output) : DelegatedStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => output.WriteAsync(buffer, cancellationToken);
    }

    private abstract class DelegatedStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
            // Nothing waits here.
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
