using System.Text.RegularExpressions;

namespace ProjectSilo.Tests.Broker;

/// <summary>The broker over a real Kestrel and hand-made frames (spec 05 §1–§7, §11).</summary>
public sealed partial class ConatBrokerTests : IAsyncLifetime
{
    private BrokerHost _host = null!;

    public async Task InitializeAsync() => _host = await BrokerHost.StartAsync(options => options.MaxSubscriptionsPerClient = 6);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("40/other,", "44/other,{\"message\":\"Invalid namespace\"}")]
    [InlineData("42[\"stats\",{}]", "close")]
    public async Task BeforeConnect_BadInput_IsAnsweredAsSpecified(string text, string answer)
    {
        using var client = await _host.OpenAsync();
        await client.ReceiveAsync();
        Assert.StartsWith(answer, await client.AskAsync(text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("42/other,[\"stats\",{}]")]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("2")]
    [InlineData("47[]")]
    [InlineData("4")]
    [InlineData("xyz")]
    [InlineData("42[")]
    [InlineData("42[\"publish\",[\"a\"")]
    [InlineData("42[\"publish\",[\"a\",\"b\"]]x")]
    [InlineData("42[]")]
    [InlineData("42{}")]
    [InlineData("42[1]")]
    [InlineData("42[\"connect\"]")]
    [InlineData("45x-[\"publish\",[\"a\"]]")]
    [InlineData("450-[\"publish\",[\"a\"]]")]
    [InlineData("4511-[\"publish\",[\"a\"]]")]
    [InlineData("45[\"publish\",[\"a\"]]")]
    [InlineData("451-[\"publish\",[\"a\",{\"_placeholder\":true,\"num\":1}]]")]
    [InlineData("451-[\"publish\",[\"a\",{\"_placeholder\":true,\"num\":-1}]]")]
    [InlineData("451-[\"publish\",[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]]")]
    [InlineData("451-[\"publish\",[\"a\",{\"_placeholder\":true,\"num\":0,\"num\":7}]]")]
    [InlineData("451-[\"publish\",[\"a\",{\"_placeholder\":true}]]")]
    [InlineData("451-[\"publish\",[\"a\",{\"num\":7,\"_placeholder\":true}]]")]
    [InlineData("451-[\"publish\",[\"a\",{\"num\":0,\"_placeholder\":true,\"num\":7}]]")]
    [InlineData("451-[\"publish\",[\"a\",{\"num\":[0],\"_placeholder\":true}]]")]
    [InlineData("451-[\"publish\",[\"a\",{\"n\\u0075m\":1,\"_placeh\\u006flder\":true}]]")]
    [InlineData("40")]
    public async Task BadInput_ClosesThisConnectionOnly(string text)
    {
        using var other = await _host.ConnectAsync();
        using var client = await _host.ConnectAsync();
        Assert.Equal("431[{\"status\":\"added\"}]", await client.AskAsync("421[\"subscribe\",{\"subject\":\"mine\",\"queue\":\"0\"}]"));
        Assert.Equal("close 1000", await client.AskAsync(text));
        Assert.Equal("430[]", Empty(await other.AskAsync("420[\"subscriptions\",null]")));
        await Bounded.Until(() => !_host.Broker.Interest.HasInterest("mine"), "the interest is gone");
    }

    [Theory]
    [InlineData("{\"_placeholder\":true,\"num\":0}")]
    [InlineData("{\"num\":0,\"_placeholder\":true}")]
    [InlineData("{\"num\":0.0,\"_placeholder\":true}")]
    [InlineData("{\"_placeholder\":true,\"num\":0},{\"num\":{\"_placeholder\":true,\"num\":0}}")]
    [InlineData("{\"_placeholder\":true,\"num\":0},{\"num\":7,\"_placeholder\":false}")]
    [InlineData("{\"_placeholder\":true,\"num\":0,\"further\":[{\"num\":7}]}")]
    [InlineData("{\"num\":7,\"a\":{},\"_placeholder\":true,\"num\":0}")]
    [InlineData("{\"n\\u0075m\":0,\"\\u005fplaceholder\":true}")]
    [InlineData("{\"_placeholder\":true,\"num\":0},{\"\\ud800abcdefghij\":\"\\udc00\"}")]
    public async Task Publish_InAnyLegalForm_IsPassedOnAsItCame(string data)
    {
        using var client = await _host.ConnectAsync();
        await client.AskAsync("421[\"subscribe\",{\"subject\":\"mine\",\"queue\":\"0\"}]");
        await client.SendAsync($"451-/,2[\"publish\",[\"mine\",\"ID\",0,1,0,{data}]]");
        await client.SendAsync([1, 2]);
        Assert.Equal($"451-[\"mine\",{{\"subject\":\"mine\",\"data\":[\"ID\",0,1,0,{data}]}}]", await client.ReceiveAsync());
        Assert.Equal("#0102", await client.ReceiveAsync());
        Assert.Equal("432[{\"count\":1}]", await client.ReceiveAsync());
    }

    [Fact]
    public async Task EventName_WithALoneSurrogate_IsUnknownAndIgnored()
    {
        using var client = await _host.ConnectAsync();
        await client.SendAsync("421[\"\\ud800publish\",1]");
        Assert.Equal("432[[]]", await client.AskAsync("422[\"subscriptions\",null]"));
    }

    /// <summary>Heartbeats and other texts without a meaning may come between a packet and its attachments: what was checked is what is passed on.</summary>
    [Theory]
    [InlineData("3", 1)]
    [InlineData("6", 300)]
    [InlineData("6", 100_000)]
    public async Task TextBeforeTheAttachments_ChangesNothing(string type, int length)
    {
        using var client = await _host.ConnectAsync();
        var headers = new string('h', 70_000);
        await client.AskAsync("421[\"subscribe\",{\"subject\":\"mine\",\"queue\":\"0\"}]");
        for (var round = 0; round < 2; round++)
        {
            await client.SendAsync($"452-2[\"publish\",[\"mine\",\"ID\",0,1,0,{{\"_placeholder\":true,\"num\":0}},\"{headers}\"]]");
            await client.SendAsync(type.PadRight(length, 'Z'));
            await client.SendAsync([1]);
            await client.SendAsync(type.PadRight(length, 'Z'));
            await client.SendAsync([2]);
            Assert.Equal(
                $"452-[\"mine\",{{\"subject\":\"mine\",\"data\":[\"ID\",0,1,0,{{\"_placeholder\":true,\"num\":0}},\"{headers}\"]}}]", await client.ReceiveAsync());
            Assert.Equal("#01", await client.ReceiveAsync());
            Assert.Equal("#02", await client.ReceiveAsync());
            Assert.Equal("432[{\"count\":1}]", await client.ReceiveAsync());
        }
    }

    [Fact]
    public async Task BinaryFrame_WithoutAPacket_Closes()
    {
        using var client = await _host.ConnectAsync();
        await client.SendAsync([1]);
        Assert.Equal("close 1000", await client.ReceiveAsync());
    }

    [Theory]
    [InlineData("42[\"stats\",{}]")]
    [InlineData("430[]")]
    public async Task TextPacket_WhileAttachmentsArePending_Closes(string text)
    {
        using var client = await _host.ConnectAsync();
        await client.SendAsync("451-[\"publish\",[\"a\",{\"_placeholder\":true,\"num\":0}]]");
        Assert.Equal("close 1000", await client.AskAsync(text));
    }

    [Fact]
    public async Task Pong_BetweenAPacketAndItsAttachment_IsFine()
    {
        using var client = await _host.ConnectAsync();
        await client.SendAsync("451-5[\"publish\",[\"a\",{\"_placeholder\":true,\"num\":0}]]");
        await client.SendAsync("3");
        await client.SendAsync([1]);
        Assert.Equal("435[{\"count\":0}]", await client.ReceiveAsync());
    }

    [Theory]
    [InlineData("43999[1]")]
    [InlineData("426[\"nobody knows\",1]")]
    [InlineData("1")]
    [InlineData("6")]
    [InlineData("3")]
    [InlineData("42[\"unsubscribe\"]")]
    [InlineData("42[\"stats\",{\"recv0\":{\"messages\":1,\"bytes\":2}}]")]
    [InlineData("429[\"stats\",{\"recv0\":{\"messages\":1e300,\"bytes\":-1}}]")]
    public async Task Ignorable_IsIgnored(string text)
    {
        using var client = await _host.ConnectAsync();
        await client.SendAsync(text);
        Assert.Equal("437[[]]", await client.AskAsync("427[\"subscriptions\",null]"));
    }

    [Theory]
    [InlineData("421[\"subscribe\"]", "431[{\"error\":\"Error: invalid arguments\"}]")]
    [InlineData("421[\"subscribe\",7]", "431[{\"error\":\"Error: invalid arguments\"}]")]
    [InlineData("421[\"subscribe\",[7,{\"subject\":7,\"queue\":\"0\"}]]", "431[[{\"error\":\"Error: invalid arguments\"},{\"error\":\"Error: invalid subject\"}]]")]
    [InlineData("421[\"unsubscribe\",null]", "431[{\"error\":\"Error: invalid arguments\"}]")]
    [InlineData("421[\"unsubscribe\",[{}]]", "431[[{\"error\":\"Error: invalid arguments\"}]]")]
    [InlineData("421[\"publish\"]", "431[{\"error\":\"Error: invalid arguments\"}]")]
    [InlineData("421[\"publish\",{}]", "431[{\"error\":\"Error: invalid arguments\"}]")]
    [InlineData("421[\"publish\",[]]", "431[{\"error\":\"Error: invalid subject\"}]")]
    [InlineData("421[\"publish\",[7]]", "431[{\"error\":\"Error: invalid subject\"}]")]
    [InlineData("421[\"publish\",[\"a b\"]]", "431[{\"error\":\"Error: invalid subject\"}]")]
    [InlineData("421[\"publish\",[\"a\"]]", "431[{\"count\":0}]")]
    [InlineData("421[\"wait-for-interest\",7]", "431[{\"error\":\"Error: invalid arguments\"}]")]
    [InlineData("421[\"wait-for-interest\",{\"subject\":7}]", "431[{\"error\":\"invalid subject\"}]")]
    [InlineData("421[\"wait-for-interest\",{\"subject\":\"a\",\"timeout\":\"x\"}]", "431[{\"error\":\"Error: invalid arguments\"}]")]
    [InlineData("421[\"wait-for-interest\",{\"subject\":\"a\",\"timeout\":20}]", "431[{\"error\":\"Error: timeout\"}]")]
    [InlineData("421[\"wait-for-interest\",{\"subject\":\"a\",\"timeout\":-1}]", "431[false]")]
    public async Task Arguments_AreCheckedAsSpecified(string question, string answer)
    {
        using var client = await _host.ConnectAsync();
        Assert.Equal(answer, await client.AskAsync(question));
    }

    [Fact]
    public async Task Publish_WhateverItHolds_IsPassedOnUnchanged()
    {
        using var client = await _host.ConnectAsync();
        await client.AskAsync("420[\"subscribe\",{\"subject\":\"é.>\",\"queue\":\"0\"}]");
        Assert.Equal(
            "42[\"é.>\",{\"subject\":\"\\u00e9.\\ud800x\",\"data\":[\"id\" , 1.0e0,[{\"a\":\"\\ud800\"}],null]}]",
            await client.AskAsync("42[\"publish\" , [\"\\u00e9.\\ud800x\", \"id\" , 1.0e0,[{\"a\":\"\\ud800\"}],null]]"));
        await client.SendAsync("452-7[\"publish\",[\"é.b\",\"id\",0,1,0,{\"_placeholder\":true,\"num\":0},{\"h\":{\"_placeholder\":true,\"num\":1}}]]");
        await client.SendAsync([1, 2]);
        await client.SendAsync([]);
        Assert.Equal("452-[\"é.>\",{\"subject\":\"é.b\",\"data\":[\"id\",0,1,0,{\"_placeholder\":true,\"num\":0},{\"h\":{\"_placeholder\":true,\"num\":1}}]}]", await client.ReceiveAsync());
        Assert.Equal("#0102", await client.ReceiveAsync());
        Assert.Equal("#", await client.ReceiveAsync());
        Assert.Equal("437[{\"count\":1}]", await client.ReceiveAsync());
    }

    [Fact]
    public async Task Publish_ToAReservedEvent_IsAnError()
    {
        using var client = await _host.ConnectAsync();
        Assert.Equal("431[{\"count\":0}]", await client.AskAsync("421[\"publish\",[\"connect\"]]"));
        Assert.Equal("430[{\"status\":\"added\"}]", await client.AskAsync("420[\"subscribe\",{\"subject\":\"connect\",\"queue\":\"0\"}]"));
        Assert.Equal("431[{\"error\":\"Error: \\\"connect\\\" is a reserved event name\"}]", await client.AskAsync("421[\"publish\",[\"connect\"]]"));
    }

    [Fact]
    public async Task Subscribe_BeyondTheLimit_IsDenied()
    {
        using var client = await _host.ConnectAsync();
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal("430[{\"status\":\"added\"}]", await client.AskAsync($"420[\"subscribe\",{{\"subject\":\"s{i}\",\"queue\":\"0\"}}]"));
        }

        Assert.Equal(
            "430[{\"error\":\"Error: there is a limit of at most 6 subscriptions and you currently have 6 subscriptions -- subscription to 's6' denied\",\"code\":429}]",
            await client.AskAsync("420[\"subscribe\",{\"subject\":\"s6\",\"queue\":\"0\"}]"));
    }

    [Fact]
    public async Task Disconnect_RemovesSubscriptionsAndKeepsTheSocket()
    {
        using var client = await _host.ConnectAsync();
        await client.AskAsync("420[\"subscribe\",{\"subject\":\"mine\",\"queue\":\"0\"}]");
        await client.SendAsync("41");
        await Bounded.Until(() => !_host.Broker.Interest.HasInterest("mine"), "the interest is gone");
        Assert.StartsWith("40{\"sid\":", await client.AskAsync("40"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChunkedMessage_ToAGroupOfTwo_StaysWithOneMember()
    {
        using var publisher = await _host.ConnectAsync();
        using var first = await _host.ConnectAsync();
        using var second = await _host.ConnectAsync();
        foreach (var member in (RawClient[])[first, second])
        {
            await member.AskAsync("420[\"subscribe\",{\"subject\":\"big\",\"queue\":\"0\"}]");
        }

        for (var message = 0; message < 20; message++)
        {
            for (var seq = 0; seq < 4; seq++)
            {
                Assert.Equal("431[{\"count\":1}]", await publisher.AskAsync($"421[\"publish\",[\"big\",\"m{message}\",{seq},{(seq == 3 ? 1 : 0)},0,\"x\"]]"));
            }
        }

        var seen = new List<string>();
        foreach (var member in (RawClient[])[first, second])
        {
            await member.SendAsync("429[\"subscriptions\",null]");
            for (var text = await member.ReceiveAsync(); text[..2] == "42"; text = await member.ReceiveAsync())
            {
                seen.Add(MessageId().Match(text).Value);
            }

            Assert.All(seen.CountBy(id => id), chunks => Assert.Equal(4, chunks.Value));
        }

        Assert.Equal(80, seen.Count);
    }

    [Fact]
    public async Task TooLargeMessage_ClosesWith1009()
    {
        using var client = await _host.ConnectAsync();
        await client.SendAsync("451-5[\"publish\",[\"a\",{\"_placeholder\":true,\"num\":0}]]");
        await client.SendAsync(new byte[8_000_000]);
        Assert.Equal("435[{\"count\":0}]", await client.ReceiveAsync());
        await client.SendAsync("451-5[\"publish\",[\"a\",{\"_placeholder\":true,\"num\":0}]]");
        await client.SendAsync(new byte[8_000_001]);
        Assert.Equal("close 1009", await client.ReceiveAsync());
    }

    [Fact]
    public async Task Refused_GetsItsReasonThenTheEnd()
    {
        using var client = await _host.OpenAsync("project_secret=wrong; project_id=" + BrokerHost.ProjectId);
        await client.ReceiveAsync();
        Assert.StartsWith("40{", await client.AskAsync("40"), StringComparison.Ordinal);
        Assert.Equal("42[\"info\",{\"max_payload\":8000000,\"id\":\"0\",\"user\":{\"error\":\"Error: invalid secret token for project\"}}]", await client.ReceiveAsync());
        Assert.Equal("41", await client.ReceiveAsync());
        Assert.Equal("close 1000", await client.ReceiveAsync());
        Assert.Empty(_host.Broker.Statistics);
    }

    [Fact]
    public async Task Statistics_CountWhatASessionDoes()
    {
        using var client = await _host.ConnectAsync();
        await client.AskAsync("420[\"subscribe\",{\"subject\":\"mine\",\"queue\":\"0\"}]");
        await client.SendAsync("42[\"stats\",{\"recv0\":{\"messages\":3,\"bytes\":7}}]");
        await client.SendAsync("451-5[\"publish\",[\"a\",\"id\",0,1,0,{\"_placeholder\":true,\"num\":0}]]");
        await client.SendAsync([1, 2, 3]);
        await client.ReceiveAsync();
        var statistics = Assert.Single(_host.Broker.Statistics);
        Assert.Equal((1, 3, 3, 7, 1, "127.0.0.1"), (
            statistics.SentMessages, statistics.SentBytes, statistics.ReceivedMessages, statistics.ReceivedBytes, statistics.Subscriptions, statistics.Address));
    }

    private static string Empty(string ack) => ack.Replace("[[]]", "[]", StringComparison.Ordinal);

    [GeneratedRegex("\"m[0-9]+\"")]
    private static partial Regex MessageId();
}
