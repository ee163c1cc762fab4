using System.Net;
using System.Net.WebSockets;
using ProjectSilo.Conat.Server.Broker;

namespace ProjectSilo.Tests.Broker;

/// <summary>The HTTP side (spec 05 §1.1, §1.2), and what a hostile or slow client can't do.</summary>
public sealed class BrokerEndpointTests
{
    [Fact]
    public async Task Get_EveryCapturedRefusal_IsAnsweredAsTheReferenceDoes()
    {
        await using var host = await BrokerHost.StartAsync(basePath: "/base");
        using var http = new HttpClient { BaseAddress = host.Address };
        var captured = Vectors.Load("conat-frames").GetProperty("scenarios").EnumerateArray().Single(item => item.GetProperty("name").GetString() == "http");
        foreach (var plain in captured.GetProperty("plain").EnumerateArray())
        {
            using var answer = await http.GetAsync(new Uri(plain.GetProperty("target").GetString()!, UriKind.Relative)).Within();
            var body = await answer.Content.ReadAsStringAsync();

            // Where the reference would begin to poll, this broker says that it doesn't.
            var isPolling = plain.GetProperty("status").GetInt32() == 200;
            Assert.Equal(isPolling ? HttpStatusCode.BadRequest : (HttpStatusCode)plain.GetProperty("status").GetInt32(), answer.StatusCode);
            Assert.Equal(isPolling ? "{\"code\":0,\"message\":\"Transport unknown\"}" : plain.GetProperty("body").GetString(), body);
        }
    }

    [Theory]
    [InlineData("/base/conat/?EIO=4&transport=websocket&t=abc&b64=1")]
    [InlineData("/base/conat/anything?transport=websocket&EIO=4")]
    public async Task Upgrade_WithFurtherParameters_IsAccepted(string target)
    {
        await using var host = await BrokerHost.StartAsync(basePath: "/base");
        using var client = await host.OpenAsync(target: target);
        Assert.StartsWith("0{\"sid\":", await client.ReceiveAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "8100")]
    [InlineData(125, "817d")]
    [InlineData(126, "817e007e")]
    [InlineData(65_535, "817effff")]
    [InlineData(65_536, "817f0000000000010000")]
    public void Header_IsThatOfRfc6455(int length, string header)
    {
        Span<byte> bytes = new byte[WebSocketFrame.MaxHeaderBytes];
        Assert.Equal(header, Convert.ToHexStringLower(bytes[..WebSocketFrame.WriteHeader(WebSocketFrame.Text, length, bytes)]));
    }

    [Theory]
    [InlineData(WebSocketCloseStatus.Empty, "8800")]
    [InlineData(WebSocketCloseStatus.MessageTooBig, "880203f1")]
    public void Close_WithoutStatus_IsAnEmptyFrame(WebSocketCloseStatus status, string frame)
    {
        Span<byte> bytes = new byte[WebSocketFrame.MaxHeaderBytes];
        Assert.Equal(frame, Convert.ToHexStringLower(bytes[..WebSocketFrame.WriteClose(status, bytes)]));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(4001)]
    public async Task Close_ByAClient_IsAnsweredWithItsStatus(int status)
    {
        await using var host = await BrokerHost.StartAsync();
        using var client = await host.ConnectAsync();
        await client.Socket.CloseAsync((WebSocketCloseStatus)status, "bye", CancellationToken.None).Within();
        Assert.Equal(status, (int?)client.Socket.CloseStatus);
        await Bounded.Until(() => !host.Broker.Statistics.Any(), "the session has ended");
    }

    [Fact]
    public async Task SlowConsumer_IsDroppedAndHoldsNobodyUp()
    {
        await using var host = await BrokerHost.StartAsync(options => options.MaxQueuedBytes = 8_000_000);
        using var slow = await host.ConnectAsync();
        using var publisher = await host.ConnectAsync();
        await slow.AskAsync("420[\"subscribe\",{\"subject\":\"flood\",\"queue\":\"0\"}]");
        var isDropped = false;
        for (var i = 0; i < 100 && !isDropped; i++)
        {
            await publisher.SendAsync("451-5[\"publish\",[\"flood\",\"id\",0,1,0,{\"_placeholder\":true,\"num\":0}]]");
            await publisher.SendAsync(new byte[1_000_000]);
            isDropped = await publisher.ReceiveAsync() == "435[{\"count\":0}]";
        }

        Assert.True(isDropped);
    }
}
