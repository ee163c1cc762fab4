using System.Text;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Client;

/// <summary>The HTTP that opens a WebSocket, by the example of RFC 6455 §1.3.</summary>
public sealed class WebSocketHandshakeTests
{
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    private const string Good = "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    [Fact]
    public void Request_IsThatOfTheStandard() => Assert.Equal(
        "GET /base/conat/?EIO=4&transport=websocket HTTP/1.1\r\nHost: host:5000\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + $"Sec-WebSocket-Key: {Key}\r\nCookie: a=b\r\n\r\n",
        WebSocketHandshake.Request(ConatNames.WebSocketAddress(new Uri("http://host:5000/base")), Key, "a=b"));

    [Theory]
    [InlineData("ws://[::1]:80/", "[::1]")]
    [InlineData("ws://[::1]:81/", "[::1]:81")]
    [InlineData("wss://h/", "h")]
    [InlineData("wss://h:80/", "h:80")]
    public void Host_HasThePortUnlessItIsTheUsual(string address, string host) =>
        Assert.Contains($"\r\nHost: {host}\r\n", WebSocketHandshake.Request(new Uri(address), Key, null), StringComparison.Ordinal);

    [Theory]
    [InlineData("a=b\r\nX: y")]
    [InlineData("a=\0")]
    public void Cookie_WithAControlCharacter_IsNotSent(string cookie) =>
        Assert.DoesNotContain(cookie, Assert.Throws<ConatException>(() => WebSocketHandshake.Request(new Uri("ws://h/"), Key, cookie)).Message, StringComparison.Ordinal);

    [Fact]
    public void GoodAnswer_Opens() => Assert.Null(WebSocketHandshake.Refusal(Good, Key));

    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden", "the server answered 403 Forbidden")]
    [InlineData("HTTP/1.1 200", "the server answered 200")]
    [InlineData("SSH-2.0-OpenSSH_9.2", "the server's answer is no HTTP")]
    [InlineData("", "the server's answer is no HTTP")]
    [InlineData("HTTP/1.1 101 x", "the server did not upgrade to a WebSocket")]
    [InlineData(Good + "x", "the server's answer belongs to another handshake")]
    [InlineData(Good + "\r\nSec-WebSocket-Extensions: permessage-deflate", "the server chose an extension or a subprotocol that was not offered")]
    public void OtherAnswers_AreRefused(string head, string why) => Assert.Equal(why, WebSocketHandshake.Refusal(head, Key));

    [Fact]
    public void MutatedAnswers_AreRefusedOrTaken() => new MutationFuzzer([Encoding.ASCII.GetBytes(Good)], seed: 64)
        .Run(MutationFuzzer.Inputs(100_000), head => WebSocketHandshake.Refusal(Encoding.ASCII.GetString(head.Span), Key));

    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", "403 Forbidden")]
    [InlineData("nonsense\r\n\r\n", "no HTTP")]
    [InlineData("HTTP/1.1 101", "closed the connection")]
    public async Task ServerThatIsNone_IsToldWithItsReason(string answer, string why)
    {
        await using var server = await RawServer.StartAsync(answer);
        var error = await Assert.ThrowsAsync<IOException>(() => WebSocketConnector.ConnectAsync(server.Address, null, verifyTls: true, CancellationToken.None).Within());
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeadWithoutEnd_IsBounded()
    {
        await using var server = await RawServer.StartAsync("HTTP/1.1 101 " + new string('x', 100_000));
        var error = await Assert.ThrowsAsync<IOException>(() => WebSocketConnector.ConnectAsync(server.Address, null, verifyTls: true, CancellationToken.None).Within());
        Assert.Contains("too long", error.Message, StringComparison.Ordinal);
    }
}
