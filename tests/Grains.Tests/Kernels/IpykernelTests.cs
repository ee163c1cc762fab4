using System.Text;
using System.Text.Json;
using ProjectSilo.Grains.Kernels.Wire;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>The connection to the real ipykernel (spec 10 §4).</summary>
public sealed class IpykernelTests
{
    [Theory]
    [InlineData(StartedKernel.Ipc)]
    [InlineData(StartedKernel.Tcp)]
    public async Task OneKernel_DoesItAll(string transport)
    {
        await using var kernel = StartedKernel.Ipython(transport);
        await using var connection = await kernel.Connect();
        await using var client = new KernelClient(connection);
        using (var info = JsonDocument.Parse(connection.KernelInfo))
        {
            Assert.Equal("ipython", info.RootElement.GetProperty("implementation").GetString());
        }

        await CheckExpression(client);
        await CheckInput(client);
        await CheckBrokenText(client);
        await CheckMegabytes(client);
        await CheckLargeMessage(client);
        await CheckInterrupt(client);
        Assert.Equal(0, connection.InvalidMessages);
        Assert.Equal(0, connection.MissingMessages);

        var shutdown = await client.Send(KernelChannel.Control, "shutdown_request", """{"restart":false}""");
        await client.Next(KernelChannel.Control, shutdown, "shutdown_reply");
        Assert.Equal(new ExitStatus(0, null), await kernel.Ended.Within());
    }

    [Fact]
    public async Task FreshKernels_AreReadyToExecute()
    {
        for (var round = 0; round < 10; round++)
        {
            await Round(round % 2 == 0 ? StartedKernel.Ipc : StartedKernel.Tcp, round);
        }
    }

    /// <summary>By hand, beside programs that take the processors: the same, many times.</summary>
    [LongFact]
    public async Task ManyFreshKernels_AreReadyToExecute()
    {
        for (var round = 0; round < 200; round++)
        {
            await Round(round % 2 == 0 ? StartedKernel.Ipc : StartedKernel.Tcp, round);
        }
    }

    private static async Task Round(string transport, int round)
    {
        await using var kernel = StartedKernel.Ipython(transport);
        await using var connection = await kernel.Connect();
        await using var client = new KernelClient(connection);
        var messages = await client.Execute($"{round} + 1");
        Assert.Equal((round + 1).ToString(), KernelClient.Result(messages));
        Assert.Equal("busy", messages.First(message => message.Channel == KernelChannel.IoPub).Message.ExecutionState);
    }

    private static async Task CheckExpression(KernelClient client)
    {
        var messages = await client.Execute("1+1 # é");
        Assert.Equal("2", KernelClient.Result(messages));
        Assert.Equal(["status", "execute_input", "execute_result", "status"], messages.Where(m => m.Channel == KernelChannel.IoPub).Select(m => m.Message.MessageType));
        Assert.Equal("execute_reply", Assert.Single(messages, m => m.Channel == KernelChannel.Shell).Message.MessageType);

        // Integers that a double can't hold come through as they were sent.
        var large = await client.Execute("from IPython.display import display\ndisplay({'application/json': {'n': 12345678901234567890123}}, raw=True)");
        Assert.Contains("\"n\": 12345678901234567890123", Encoding.UTF8.GetString(Assert.Single(large, m => m.Message.MessageType == "display_data").Message.Content.Span), StringComparison.Ordinal);
    }

    /// <summary>The kernel finds our stdin by the identity that all three DEALERs have.</summary>
    private static async Task CheckInput(KernelClient client)
    {
        var request = await client.SendCode("input('name? ')", allowsInput: true);
        var asked = await client.Next(KernelChannel.Stdin, request, "input_request");
        Assert.Equal("name? ", KernelClient.Text(asked, "prompt"));
        await client.Answer(request, "Ada");
        Assert.Equal("'Ada'", KernelClient.Result(await client.Finish(request)));
    }

    /// <summary>What isn't UTF-8 becomes U+FFFD: Python writes a lone surrogate, as the names of files have, as the byte it stands for.</summary>
    private static async Task CheckBrokenText(KernelClient client)
    {
        var messages = await client.Execute("print('a\\udcffb')");
        Assert.Contains(messages, m => m.Message.MessageType == "stream" && KernelClient.Text(m.Message, "text")!.Contains("a\ufffdb", StringComparison.Ordinal));
    }

    private static async Task CheckMegabytes(KernelClient client)
    {
        var messages = await client.Execute("for i in range(20_000): print('x' * 999)");
        var text = messages.Where(m => m.Message.MessageType == "stream").Sum(m => KernelClient.Text(m.Message, "text")!.Length);
        Assert.Equal(20_000_000, text);
    }

    private static async Task CheckLargeMessage(KernelClient client)
    {
        const int Length = 50_000_000;
        var shown = await client.Execute($"display({{'text/plain': 'x' * {Length}}}, raw=True)");
        Assert.True(Assert.Single(shown, m => m.Message.MessageType == "display_data").Message.Content.Length > Length);
    }

    private static async Task CheckInterrupt(KernelClient client)
    {
        var request = await client.SendCode("import time\nprint('on', flush=True)\nwhile True: time.sleep(0.01)");
        await client.Next(KernelChannel.IoPub, request, "stream");
        await client.Send(KernelChannel.Control, "interrupt_request", "{}");
        var rest = await client.Finish(request);
        Assert.Equal("KeyboardInterrupt", KernelClient.Text(Assert.Single(rest, m => m.Message.MessageType == "error").Message, "ename"));
    }
}
