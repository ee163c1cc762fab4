using System.Text;
using System.Text.Json.Nodes;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>One python kernel, and what it can be asked (spec 10 §5). The tests share a process where they leave it as it was.</summary>
public sealed class KernelGrainTests(KernelGrainTests.Shared shared) : IClassFixture<KernelGrainTests.Shared>
{
    private IKernelGrain Kernel => shared.Kernel;

    [Fact]
    public async Task Execute_YieldsWhatComes_InOrder()
    {
        var executed = await ExecutedCode.Of(Kernel, "2+3");
        Assert.Equal("5", executed.Result);
        Assert.Equal(["busy", "idle"], executed.Contents("status").Select(content => (string)content["execution_state"]!));
        Assert.Equal(["status", "execute_input", "execute_result"], executed.Types.Take(3));
        Assert.Equal(["execute_reply", "status"], executed.Types.Skip(3).Order());
        Assert.True(executed.IsDone);
        Assert.Equal(0, executed.Missing);
        Assert.Equal(KernelState.Running, (await Kernel.Status()).State);
    }

    [Fact]
    public async Task Execute_WithAnError_HasNoReply()
    {
        var executed = await ExecutedCode.Of(Kernel, "1/0");
        Assert.Equal("ZeroDivisionError", executed.Error);
        Assert.DoesNotContain("execute_reply", executed.Types);
        Assert.True(executed.IsDone);
    }

    [Fact]
    public async Task Execute_JustAfterAnError_IsExecuted()
    {
        for (var round = 0; round < 10; round++)
        {
            await ExecutedCode.Of(Kernel, "1/0");
            Assert.Equal("7", (await ExecutedCode.Of(Kernel, "3+4")).Result);
        }
    }

    [Fact]
    public async Task Execute_BehindAnError_IsDropped_UnlessAskedOtherwise()
    {
        var first = ExecutedCode.Of(Kernel, "import time; time.sleep(0.3); 1/0");
        var second = ExecutedCode.Of(Kernel, "print('not this')");
        Assert.Equal("ZeroDivisionError", (await first).Error);
        Assert.Single((await second).Items);
        Assert.True((await second).IsDone);

        first = ExecutedCode.Of(Kernel, ExecutedCode.Request("time.sleep(0.3); 1/0") with { HaltsOnError = false });
        second = ExecutedCode.Of(Kernel, "print('but this')");
        Assert.Equal("ZeroDivisionError", (await first).Error);
        Assert.Equal("but this\n", (await second).Text);
    }

    [Fact]
    public async Task Execute_Silently_CountsAndShowsNothing()
    {
        var before = (int)(await ExecutedCode.Of(Kernel, "0")).Contents("execute_result").Single()["execution_count"]!;
        var silent = await ExecutedCode.Of(Kernel, ExecutedCode.Request("silent_one = 5; silent_one") with { IsSilent = true });
        Assert.Null(silent.Result);
        Assert.True(silent.IsDone);
        var after = await ExecutedCode.Of(Kernel, "silent_one");
        Assert.Equal("5", after.Result);
        Assert.Equal(before + 1, (int)after.Contents("execute_result").Single()["execution_count"]!);
    }

    [Fact]
    public async Task Execute_InputWithNobodyToAnswer_Fails()
    {
        Assert.Equal("StdinNotImplementedError", (await ExecutedCode.Of(Kernel, "input('name? ')")).Error);
        Assert.False(await Kernel.Answer("nothing", "x"));
    }

    [Fact]
    public async Task Execute_InputThatNobodyAnswers_CanBeInterrupted()
    {
        var request = ExecutedCode.Request("input('name? ')") with { AllowsInput = true };
        var executed = await ExecutedCode.Of(Kernel, request, item => item.Input is null ? Task.CompletedTask : Kernel.Signal("SIGINT"));
        Assert.Equal("KeyboardInterrupt", executed.Error);
        Assert.False(await Kernel.Answer(request.Id, "late"));
        Assert.Equal("1", (await ExecutedCode.Of(Kernel, "1")).Result);
    }

    [Fact]
    public async Task Execute_InvalidUtf8_ComesAsReplacements()
    {
        var executed = await ExecutedCode.Of(Kernel, "import os, sys; os.write(1, b'a\\xff\\xfe\\n'); print('\\ud800'.encode('utf-8', 'surrogatepass').decode('utf-8', 'replace'))");
        Assert.True(executed.IsDone);
        Assert.Null(executed.Error);
        Assert.Equal("1", (await ExecutedCode.Of(Kernel, "1")).Result);
    }

    [Fact]
    public async Task Execute_BigIntegersAndText_AreAsTheKernelSentThem()
    {
        var executed = await ExecutedCode.Of(Kernel, "from IPython.display import publish_display_data as p\np({'application/json': {'n': 123456789012345678901234567890, 'f': 1.50}}, {'m': 18446744073709551616})");
        var item = executed.Items.Single(item => item.MessageType == "display_data");
        Assert.Contains("123456789012345678901234567890", Encoding.UTF8.GetString(item.Content.Span), StringComparison.Ordinal);
        Assert.Contains("18446744073709551616", Encoding.UTF8.GetString(item.Content.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signal_Interrupt_EndsTheRunning_AndDropsTheRest()
    {
        var waiting = Task.CompletedTask;
        var executed = await ExecutedCode.Of(Kernel, ExecutedCode.Request("import time\nprint('on', flush=True)\nwhile True: time.sleep(0.01)"), async item =>
        {
            if (item.MessageType == "stream")
            {
                waiting = ExecutedCode.Of(Kernel, "print('never')").ContinueWith(task => Assert.Single(task.Result.Items), TaskScheduler.Default);
                await Kernel.Signal("SIGINT");
            }
        });
        Assert.Equal("KeyboardInterrupt", executed.Error);
        await waiting.Within();
        Assert.Equal("Unknown signal: SIGNOPE", (await Assert.ThrowsAsync<RequestException>(() => Kernel.Signal("SIGNOPE"))).Message);
    }

    [Fact]
    public async Task Cancel_OfOneThatWaits_DropsIt_OfOneThatRuns_InterruptsIt()
    {
        var running = ExecutedCode.Request("import time\nprint('on', flush=True)\nwhile True: time.sleep(0.01)") with { HaltsOnError = false };
        var waiting = ExecutedCode.Request("print('dropped')");
        Task<ExecutedCode>? dropped = null, kept = null;
        var executed = await ExecutedCode.Of(Kernel, running, async item =>
        {
            if (item.MessageType == "stream")
            {
                dropped = ExecutedCode.Of(Kernel, waiting);
                kept = ExecutedCode.Of(Kernel, "print('kept')");
                await Kernel.Cancel(waiting.Id);
                Assert.Single((await dropped).Items);
                await Kernel.Cancel(running.Id);
            }
        });
        Assert.Equal("KeyboardInterrupt", executed.Error);
        Assert.Equal("kept\n", (await kept!).Text);
        await Kernel.Cancel("unknown");
    }

    [Fact]
    public async Task Execute_WhoseConsumerLeaves_IsInterrupted()
    {
        await foreach (var item in Kernel.Execute(ExecutedCode.Request("import time\nprint('on', flush=True)\nwhile True: time.sleep(0.01)"), default))
        {
            if (item.MessageType == "stream")
            {
                break;
            }
        }

        Assert.Equal("2", (await ExecutedCode.Of(Kernel, "1+1")).Result);
    }

    [Fact]
    public async Task Execute_ManyAtOnce_AreExecutedInOrder()
    {
        await ExecutedCode.Of(Kernel, "order = []");
        await Task.WhenAll(Enumerable.Range(0, 50).Select(number => ExecutedCode.Of(Kernel, $"order.append({number})")));
        Assert.Equal("True", (await ExecutedCode.Of(Kernel, "order == list(range(50))")).Result);
    }

    [Fact]
    public async Task Ask_GivesTheReply()
    {
        var info = JsonNode.Parse((await Kernel.Ask("kernel_info_request", "{}"u8.ToArray(), default).Within()).Span)!;
        Assert.Equal("ipython", (string)info["implementation"]!);
        var completion = JsonNode.Parse((await Kernel.Ask("complete_request", """{"code":"impor","cursor_pos":5}"""u8.ToArray(), default).Within()).Span)!;
        Assert.Contains("import", completion["matches"]!.AsArray().Select(match => (string)match!));
        var inspection = JsonNode.Parse((await Kernel.Ask("inspect_request", """{"code":"len","cursor_pos":3,"detail_level":0}"""u8.ToArray(), default).Within()).Span)!;
        Assert.True((bool)inspection["found"]!);
        await Assert.ThrowsAsync<RequestException>(() => Kernel.Ask("shutdown_request", "{}"u8.ToArray(), default));
        await Assert.ThrowsAsync<RequestException>(() => Kernel.Ask("complete_request", "{} {}"u8.ToArray(), default));
    }

    [Fact]
    public async Task Comms_PassThrough_BothWays()
    {
        await using var followed = new FollowedKernel(Kernel);
        var executed = await ExecutedCode.Of(
            Kernel,
            """
            from ipykernel.comm import Comm
            def echo(msg): comm.send({'got': msg['content']['data']}, buffers=msg['buffers'])
            comm = Comm(target_name='t', data={'a': 1}, buffers=[b'\x00\xff'])
            comm.on_msg(echo)
            comm.comm_id
            """);
        Assert.DoesNotContain("comm_open", executed.Types);
        var opened = await followed.Comm(comm => comm.MessageType == "comm_open");
        Assert.Equal([0, 255], opened.Buffers.Single().ToArray());
        await Kernel.Send(new CommMessage
        {
            MessageId = "my-id",
            CommId = executed.Result!.Trim('\''),
            TargetName = "t",
            Data = """{"x":123456789012345678901}"""u8.ToArray(),
            Buffers = [new byte[] { 1, 2, 3 }],
        });
        var answer = await followed.Comm(comm => comm.MessageType == "comm_msg");
        Assert.Equal("my-id", answer.ParentId);
        Assert.Contains("123456789012345678901", Encoding.UTF8.GetString(answer.Content.Span), StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], answer.Buffers.Single().ToArray());
    }

    [Fact]
    public async Task Execute_CodeThatIsNoUtf8_HoldsUpNothing()
    {
        var bad = ExecutedCode.Request("") with { Code = new Utf8Text { Pieces = [new byte[] { (byte)'1', 0xff, 0xfe }] } };
        _ = await Record.ExceptionAsync(() => ExecutedCode.Of(Kernel, bad));
        Assert.Equal("3", (await ExecutedCode.Of(Kernel, "1+2")).Result);
        await Assert.ThrowsAsync<RequestException>(() => Kernel.Send(new CommMessage { MessageId = "m", CommId = "c", Data = "{"u8.ToArray() }));
        await Kernel.Send(new CommMessage { MessageId = "m", CommId = "unknown", Data = "{}"u8.ToArray() });
        Assert.Equal("3", (await ExecutedCode.Of(Kernel, "1+2")).Result);
    }

    [Fact]
    public async Task Execute_ALargeMessage_Arrives()
    {
        var executed = await ExecutedCode.Of(Kernel, "'x' * 50_000_000");
        Assert.Equal(50_000_002, executed.Result!.Length);
    }

    [Fact]
    public async Task Execute_TinyMessages_AllArrive()
    {
        // Fewer than what the kernel keeps for one who is slow.
        var executed = await ExecutedCode.Of(Kernel, "import sys\nfor i in range(900): print(i, flush=True)");
        Assert.Equal(string.Concat(Enumerable.Range(0, 900).Select(number => $"{number}\n")), executed.Text);
    }

    [Fact]
    public async Task Configure_Again_MustNotChangeIt()
    {
        await Kernel.Configure(new KernelOptions { Kernel = KernelsProject.Python, Path = "nb/a.ipynb" });
        var exception = await Assert.ThrowsAsync<RequestException>(() => Kernel.Configure(new KernelOptions { Kernel = KernelsProject.Python, Path = "other" }));
        Assert.Equal("the kernel has other options already", exception.Message);
    }

    [Fact]
    public async Task Kernel_HasTheEnvironmentOfTheSpecification()
    {
        var folder = Path.Join(shared.Project.Home, "nb");
        var executed = await ExecutedCode.Of(
            Kernel,
            "import os, stat, glob\n"
            + "f = glob.glob(os.path.expanduser('~/.local/share/jupyter/runtime/kernel-*.json'))\n"
            + "[os.getcwd(), os.environ.get('COCALC_JUPYTER_FILENAME'), os.environ.get('COCALC_JUPYTER_KERNELNAME'), os.environ.get('PLOTLY_RENDERER'), os.environ.get('DEBUG'), os.getsid(0) == os.getpid(), [oct(os.stat(x).st_mode & 0o777) for x in f]]");
        Assert.Equal($"['{folder}', 'nb/a.ipynb', 'python3', 'colab', None, True, ['0o600']]", executed.Result!.Replace("\n ", " ", StringComparison.Ordinal));
    }

    /// <summary>The silo, and one kernel in it.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        internal KernelsProject Project { get; private set; } = null!;

        internal IKernelGrain Kernel { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Project = await KernelsProject.Start();
            Kernel = await Project.Kernel();
            await Kernel.Start(default).Within();
        }

        public Task DisposeAsync() => Project.DisposeAsync().AsTask();
    }
}
