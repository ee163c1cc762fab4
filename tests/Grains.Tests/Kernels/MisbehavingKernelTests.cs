using System.Text;
using ProjectSilo.Grains.Kernels.Wire;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>Kernels that do one thing wrong (<c>misbehaving_kernel.py</c>): the connection goes on, or says what is wrong, in bounded time and memory.</summary>
public sealed class MisbehavingKernelTests
{
    private const int Continue = 18;
    private const int Stop = 19;
    private const string Timeout = "Failed to start kernel process -- timeout";

    private static readonly KernelConnectionOptions Impatient = new() { StartTimeout = TimeSpan.FromSeconds(2), HandshakeInterval = TimeSpan.FromMilliseconds(50) };

    [Fact]
    public async Task KernelThatDies_CancelsTheConnecting()
    {
        await using var kernel = StartedKernel.Misbehaving("dies");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => kernel.Connect());
        Assert.Equal(new ExitStatus(3, null), await kernel.Ended.Within());
    }

    [Theory]
    [InlineData("bad-signatures", Timeout)]
    [InlineData("no-iopub", Timeout)]
    [InlineData("mute", Timeout)]
    [InlineData("garbage", "Failed to start kernel process -- The other side does not speak ZMTP 3 without security")]
    [InlineData("old", "Failed to start kernel process -- The other side does not speak ZMTP 3 without security")]
    [InlineData("curve", "Failed to start kernel process -- The other side does not speak ZMTP 3 without security")]
    [InlineData("wrong-type", "Failed to start kernel process -- The other side is no such ZeroMQ socket")]
    [InlineData("refuses", "Failed to start kernel process -- The other side is no such ZeroMQ socket")]
    [InlineData("malformed", "Failed to start kernel process -- The kernel broke the protocol on its * socket: The other side sent a malformed frame")]
    [InlineData("cut", "Failed to start kernel process -- The kernel closed its connections")]
    public async Task KernelThatCanNotBeUsed_IsToldSo(string mode, string error)
    {
        await using var kernel = StartedKernel.Misbehaving(mode, mode.Length % 2 == 0 ? StartedKernel.Ipc : StartedKernel.Tcp);
        var thrown = await Assert.ThrowsAsync<KernelConnectionException>(() => kernel.Connect(error == Timeout ? Impatient : null));
        if (error.Split('*') is [var first, var last])
        {
            Assert.StartsWith(first, thrown.Message, StringComparison.Ordinal);
            Assert.EndsWith(last, thrown.Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(error, thrown.Message);
        }
    }

    [Theory]
    [InlineData("late-iopub")]
    [InlineData("deaf")]
    [InlineData("pings")]
    [InlineData("noise")]
    public async Task KernelThatIsOdd_IsUsed(string mode)
    {
        await using var kernel = StartedKernel.Misbehaving(mode);
        await using var connection = await kernel.Connect(new KernelConnectionOptions { HandshakeInterval = TimeSpan.FromMilliseconds(50) });
        await using var client = new KernelClient(connection);

        // With "pings" the kernel hangs up on whoever doesn't answer within 150 ms.
        var messages = await client.Execute("""{"sleep":0.5}""");
        Assert.Equal(["busy", "idle"], messages.Where(m => m.Channel == KernelChannel.IoPub).Select(m => m.Message.ExecutionState));
        Assert.Equal(mode == "noise", connection.InvalidMessages > 0);
        Assert.Equal(0, connection.MissingMessages);
    }

    /// <summary>An execution that never ends is the business of whoever asked; the connection goes on.</summary>
    [Fact]
    public async Task KernelThatIsNeverIdle_AnswersOn()
    {
        await using var kernel = StartedKernel.Misbehaving("never-idle");
        await using var connection = await kernel.Connect();
        await using var client = new KernelClient(connection);
        var request = await client.SendCode("");
        await client.Next(KernelChannel.Shell, request, "execute_reply");
        var info = await client.Finish(await client.Send(KernelChannel.Shell, "kernel_info_request", "{}"));
        Assert.DoesNotContain(info, m => m.Message.ParentId == request.MessageId);
    }

    /// <summary>All of a flood is read at once, so that the kernel doesn't drop its <c>idle</c>; what nobody takes is bounded, and what is missing is told.</summary>
    [Theory]
    [InlineData("""{"tiny":100000}""", 100_000, 4_000_000)]
    [InlineData("""{"large":300,"bytes":1000000}""", 300, 20_000_000)]
    public async Task FloodThatNobodyTakes_IsBoundedAndCounted(string code, int outputs, int limit)
    {
        await using var kernel = StartedKernel.Misbehaving("flood");
        await using var connection = await kernel.Connect(new KernelConnectionOptions { MaxWaitingBytes = limit });
        await using var client = new KernelClient(connection);
        var request = await client.SendCode(code);
        await Bounded.Until(() => connection.MissingMessages > outputs / 2, "most of the flood is missing");
        var messages = await client.Finish(request);
        var received = messages.Count(m => m.Message.MessageType == "stream");
        Assert.Equal(outputs, received + messages.Sum(m => m.Missing));
        Assert.True(received > 0);
    }

    [Fact]
    public async Task MessageThatIsTooLarge_IsPassedBy()
    {
        await using var kernel = StartedKernel.Misbehaving("usual");
        await using var connection = await kernel.Connect(new KernelConnectionOptions { MaxMessageBytes = 1_000_000 });
        await using var client = new KernelClient(connection);
        var messages = await client.Execute("""{"tiny":1,"large":3,"bytes":3000000}""");
        Assert.Equal(["busy:0", ":0", "idle:3"], messages.Where(m => m.Channel == KernelChannel.IoPub).Select(m => $"{m.Message.ExecutionState}:{m.Missing}"));
    }

    [Theory]
    [InlineData(StartedKernel.Ipc)]
    [InlineData(StartedKernel.Tcp)]
    public async Task FiftyMegabytes_GoBothWays(string transport)
    {
        await using var kernel = StartedKernel.Misbehaving("usual", transport);
        await using var connection = await kernel.Connect();
        await using var client = new KernelClient(connection);
        var code = """{"large":1,"bytes":50000000}""".PadRight(50_000_000);
        var messages = await client.Execute(code);
        Assert.Equal("50000000", KernelClient.Text(messages.Single(m => m.Channel == KernelChannel.Shell).Message, "length"));
        Assert.Equal(50_000_000, KernelClient.Text(messages.Single(m => m.Message.MessageType == "stream").Message, "text")!.Length);
    }

    /// <summary>Python writes lone surrogates as single bytes, which is no UTF-8: each becomes U+FFFD.</summary>
    [Fact]
    public async Task TextThatIsNoUtf8_IsRepaired()
    {
        await using var kernel = StartedKernel.Misbehaving("usual");
        await using var connection = await kernel.Connect();
        await using var client = new KernelClient(connection);
        var content = Convert.ToHexString([.. "{\"text\":\"a"u8, 0xff, 0xc3, .. "b\",\"n\":123456789012345678901234567890}"u8]);
        var messages = await client.Execute($$"""{"raw":"{{content}}"}""");
        Assert.Equal(
            "{\"text\":\"a\ufffd\ufffdb\",\"n\":123456789012345678901234567890}",
            Encoding.UTF8.GetString(messages.Single(m => m.Message.MessageType == "stream").Message.Content.Span));
    }

    [Fact]
    public async Task KernelThatExits_EndsTheConnectionAfterItsLastWords()
    {
        await using var kernel = StartedKernel.Misbehaving("usual");
        await using var connection = await kernel.Connect();
        var messages = connection.Messages(default).GetAsyncEnumerator();
        var request = JupyterMessage.Create("execute_request", "last", """{"code":"{\"tiny\":3,\"sleep\":0.2,\"exit\":7}"}"""u8.ToArray(), DateTimeOffset.UtcNow);
        await connection.Send(KernelChannel.Shell, request, default);
        var texts = 0;
        var error = await Assert.ThrowsAsync<KernelConnectionException>(async () =>
        {
            while (await messages.MoveNextAsync().AsTask().Within())
            {
                texts += messages.Current.Message.MessageType == "stream" ? 1 : 0;
            }
        });
        Assert.Equal("The kernel closed its connections", error.Message);
        Assert.Equal(3, texts);
        Assert.Equal(new ExitStatus(7, null), await kernel.Ended.Within());
        await Assert.ThrowsAsync<KernelConnectionException>(() => connection.Send(KernelChannel.Shell, request, default).AsTask().Within());
    }

    [Fact]
    public async Task Closing_EndsReaderAndSenders()
    {
        await using var kernel = StartedKernel.Misbehaving("usual");
        var connection = await kernel.Connect();
        await using (var client = new KernelClient(connection))
        {
            await client.Execute("");
        }

        var messages = connection.Messages(default).GetAsyncEnumerator();
        var next = messages.MoveNextAsync().AsTask();
        connection.IsWatched = true;
        await connection.DisposeAsync().AsTask().Within();
        Assert.False(await next.Within());
        var request = JupyterMessage.Create("kernel_info_request", "1", "{}"u8.ToArray(), DateTimeOffset.UtcNow);
        await Assert.ThrowsAsync<KernelConnectionException>(() => connection.Send(KernelChannel.Shell, request, default).AsTask().Within());
        await connection.DisposeAsync().AsTask().Within();
    }

    /// <summary>A stopped process answers no heartbeat; when it goes on it answers the one of before.</summary>
    [Fact]
    public async Task KernelThatIsStopped_DoesNotRespond()
    {
        await using var kernel = StartedKernel.Misbehaving("usual");
        await using var connection = await kernel.Connect(new KernelConnectionOptions { HeartbeatInterval = TimeSpan.FromMilliseconds(10), HeartbeatTimeout = TimeSpan.FromMilliseconds(200) });
        Assert.True(connection.IsResponding);
        connection.IsWatched = true;
        LibC.kill(kernel.Pid, Stop);
        await Bounded.Until(() => !connection.IsResponding, "the stopped kernel doesn't respond");
        LibC.kill(kernel.Pid, Continue);
        await Bounded.Until(() => connection.IsResponding, "the kernel responds again");
        LibC.kill(kernel.Pid, Stop);
        await Bounded.Until(() => !connection.IsResponding, "the stopped kernel doesn't respond");
        connection.IsWatched = false;
        await Bounded.Until(() => connection.IsResponding, "nobody watches, so nothing is known against it");
        LibC.kill(kernel.Pid, Continue);
    }
}
