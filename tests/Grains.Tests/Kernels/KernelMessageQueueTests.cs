using ProjectSilo.Grains.Kernels.Wire;
using ProjectSilo.Grains.Kernels.Zmtp;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>What is left out when nobody takes messages, and what never is.</summary>
public sealed class KernelMessageQueueTests
{
    private const int MaxBytes = 100_000;
    private const int Large = 40_000;

    private readonly KernelMessageQueue _queue = new(MaxBytes);

    [Fact]
    public async Task Outputs_AreLeftOutBeyondTheBound_AndCountedInTheNextMessageOfIopub()
    {
        for (var i = 0; i < 5; i++)
        {
            await Add(KernelChannel.IoPub, "stream", Large);
        }

        await Add(KernelChannel.Shell, "execute_reply", 10);
        await Add(KernelChannel.IoPub, "status", 10);
        await Add(KernelChannel.IoPub, "status", 10);
        Assert.Equal(["stream 0", "stream 0", "execute_reply 0", "status 3", "status 0"], await TakeAll());
        Assert.Equal(3, _queue.Missing);
    }

    [Theory]
    [InlineData("stream", true)]
    [InlineData("display_data", true)]
    [InlineData("update_display_data", true)]
    [InlineData("execute_result", true)]
    [InlineData("something_new", true)]
    [InlineData("status", false)]
    [InlineData("execute_input", false)]
    [InlineData("error", false)]
    [InlineData("clear_output", false)]
    [InlineData("comm_open", false)]
    [InlineData("comm_msg", false)]
    [InlineData("comm_close", false)]
    public async Task Type_DecidesWhatIsLeftOut(string type, bool isLeftOut)
    {
        await Add(KernelChannel.IoPub, "stream", MaxBytes);
        await Add(KernelChannel.IoPub, type, 10);
        Assert.Equal(isLeftOut ? 1 : 0, _queue.Missing);
        await Add(KernelChannel.Stdin, type, 10);
        Assert.Equal(isLeftOut ? 1 : 0, _queue.Missing);
    }

    [Fact]
    public async Task FirstMessage_IsTakenHoweverLarge()
    {
        await Add(KernelChannel.IoPub, "display_data", 10 * MaxBytes);
        Assert.Equal(["display_data 0"], await TakeAll());
    }

    [Fact]
    public async Task WhatIsNeverLeftOut_WaitsBeyondTwiceTheBound()
    {
        for (var i = 0; i < 4; i++)
        {
            await Add(KernelChannel.IoPub, "error", Large);
        }

        var waiting = Add(KernelChannel.IoPub, "error", Large);
        Assert.False(waiting.IsCompleted);
        Assert.NotNull(await _queue.Take(default));
        await waiting.Within();
        using var ending = new CancellationTokenSource();
        var given = _queue.Add(KernelChannel.IoPub, Message("error", Large), ending.Token).AsTask();
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given.Within());
    }

    [Fact]
    public async Task End_ComesAfterWhatIsThere()
    {
        await Add(KernelChannel.IoPub, "status", 10);
        _queue.Complete(new KernelConnectionException("why"));
        await Add(KernelChannel.IoPub, "status", 10);
        Assert.NotNull(await _queue.Take(default));
        await Assert.ThrowsAsync<KernelConnectionException>(() => _queue.Take(default).AsTask());

        var other = new KernelMessageQueue(MaxBytes);
        var taking = other.Take(default).AsTask();
        other.Complete(null);
        Assert.Null(await taking.Within());
    }

    private static ZmtpMessage Message(string type, int bytes)
    {
        using var signer = new MessageSigner("");
        return JupyterCodec.Encode(JupyterMessage.Create(type, "1", new byte[bytes], DateTimeOffset.UnixEpoch), signer);
    }

    private Task Add(KernelChannel channel, string type, int bytes) => _queue.Add(channel, Message(type, bytes), default).AsTask();

    private async Task<List<string>> TakeAll()
    {
        var all = new List<string>();
        _queue.Complete(null);
        while (await _queue.Take(default) is { } taken)
        {
            all.Add($"{JupyterCodec.PeekType(taken.Frames)} {taken.Missing}");
        }

        return all;
    }
}
