using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Kernels;
using ProjectSilo.Grains.Tests.Files;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>The end of kernels, wanted or not: nothing is left of them.</summary>
public sealed class KernelEndTests
{
    [Fact]
    public async Task Close_LeavesNothing()
    {
        await using var project = await KernelsProject.Start();
        var kernel = await project.Kernel();
        await using var followed = new FollowedKernel(kernel);
        var pids = LeftBehind.Pids((await ExecutedCode.Of(kernel, LeftBehind.Code)).Text);
        Assert.All(pids, pid => Assert.True(LeftBehind.Runs(pid)));
        Assert.Equal(2, project.Files().Length);
        Task<ExecutedCode>? waiting = null;
        var running = await ExecutedCode.Of(kernel, ExecutedCode.Request("print('on', flush=True)\nimport time\ntime.sleep(1000)"), async item =>
        {
            if (item.MessageType == "stream")
            {
                waiting = ExecutedCode.Of(kernel, "1");
                await kernel.Close();
                Assert.All(pids, pid => Assert.False(LeftBehind.Runs(pid)));
            }
        });
        Assert.True(running.IsDone);
        Assert.Single((await waiting!).Items);
        await followed.Ended.Within();
        Assert.Equal([KernelState.Off, KernelState.Spawning, KernelState.Starting, KernelState.Running, KernelState.Closed], followed.States);
        Assert.Empty(project.Files());
        Assert.Empty(await project.KernelDirectory.Running());
        Assert.Equal("", (await kernel.Status()).Error);
    }

    [Fact]
    public async Task Close_WhileItStarts_ReleasesAll()
    {
        await using var project = await KernelsProject.Start();
        for (var round = 0; round < 5; round++)
        {
            var kernel = await project.Kernel();
            var starting = kernel.Start(default);
            var executing = ExecutedCode.Of(kernel, "1");
            if (round > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50 * round));
            }

            await kernel.Close().Within();
            Assert.Equal("closed", (await Assert.ThrowsAsync<RequestException>(() => starting.Within())).Message);
            Assert.True((await executing).IsDone);
        }

        Assert.Empty(project.Files());
        Assert.Empty(await project.KernelDirectory.Running());
    }

    [Fact]
    public async Task Restart_IsCloseAndStart()
    {
        await using var project = await KernelsProject.Start();
        var kernel = await project.Kernel();
        await ExecutedCode.Of(kernel, "a = 1");
        var first = await kernel.Status();
        await kernel.Close();
        await kernel.Start(default).Within();
        var second = await kernel.Status();
        Assert.NotEqual(first.Pid, second.Pid);
        Assert.Equal("NameError", (await ExecutedCode.Of(kernel, "a")).Error);
        Assert.Equal([new RunningKernel(second.Pid, second.ConnectionFile, "python3")], (await project.KernelDirectory.Running()).AsEnumerable());
    }

    [Fact]
    public async Task Stop_KillsOneOfOurs()
    {
        await using var project = await KernelsProject.Start();
        var kernel = await project.Kernel();
        var pids = LeftBehind.Pids((await ExecutedCode.Of(kernel, LeftBehind.Code)).Text);
        var pid = (await kernel.Status()).Pid;
        Assert.False(await project.KernelDirectory.Stop(Environment.ProcessId));
        Assert.False(await project.KernelDirectory.Stop(0));
        Assert.True(await project.KernelDirectory.Stop(pid));
        await Bounded.UntilAsync(async () => (await kernel.Status()).State == KernelState.Closed, "it is closed");
        Assert.Equal("Kernel last terminated by signal SIGKILL.", (await kernel.Status()).Error.Split('\n')[0]);
        Assert.False(await project.KernelDirectory.Stop(pid));

        // The last has no mark, and the one who knew it is gone.
        await Bounded.Until(() => !pids[..^1].Any(LeftBehind.Runs) && project.Files().Length == 0, "what it has started is gone");
        _ = Grains.Native.LibC.kill(pids[^1], 9);
    }

    [Fact]
    public async Task SignalKill_IsAnEndOfItsOwn_AndAskingStartsAnother()
    {
        await using var project = await KernelsProject.Start();
        var kernel = await project.Kernel();
        await kernel.Signal("SIGKILL");
        await kernel.Start(default).Within();
        await kernel.Signal("SIGKILL");
        await Bounded.UntilAsync(async () => (await kernel.Status()).State == KernelState.Closed, "it is closed");
        await kernel.Ask("kernel_info_request", "{}"u8.ToArray(), default).Within();
        Assert.Equal(KernelState.Running, (await kernel.Status()).State);
    }

    [Fact]
    public async Task DaemonThatStops_LeavesNothing_AndReleasesAll()
    {
        await using var project = await KernelsProject.Start();
        var kernels = new[] { await project.Kernel(), await project.Kernel() };
        var pids = (await Task.WhenAll(kernels.Select(kernel => ExecutedCode.Of(kernel, LeftBehind.Code)))).SelectMany(executed => LeftBehind.Pids(executed.Text)).ToArray();
        var running = kernels.Select(kernel => Record.ExceptionAsync(() => ExecutedCode.Of(kernel, "import time\nprint('on', flush=True)\nwhile True: time.sleep(1)"))).ToArray();
        await Bounded.UntilAsync(async () => (await Task.WhenAll(kernels.Select(kernel => kernel.Status()))).All(status => status.ExecutionState == "busy"), "both are busy");
        await project.Stop().Within();
        await Task.WhenAll(running).Within();
        Assert.All(pids, pid => Assert.False(LeftBehind.Runs(pid)));
        Assert.Empty(project.Files());
        Assert.Empty(project.Processes());
    }

    [Fact]
    public async Task DaemonThatIsKilled_LeavesNoProcess()
    {
        using var folder = new TemporaryFolder();
        using var daemon = HelperProcess.Start(folder.Path, "kernel");
        var pids = LeftBehind.Pids(await HelperProcess.ReadLine(daemon.StandardOutput!));
        Assert.All(pids, pid => Assert.True(LeftBehind.Runs(pid)));
        daemon.Kill(9);
        try
        {
            // The last has no mark, and nobody lives who knew it.
            await Bounded.Until(() => !pids[..^1].Any(LeftBehind.Runs), "what the kernel has started is gone");
        }
        finally
        {
            _ = Grains.Native.LibC.kill(pids[^1], 9);
        }
    }

    [Fact]
    public async Task TooManyKernels_AreRefused()
    {
        await using var project = await KernelsProject.Start(options => options.MaxKernels = 1);
        var kernel = await project.Kernel();
        await kernel.Start(default).Within();
        var other = await project.Kernel();
        Assert.Equal("there are 1 kernels already -- please close some", (await Assert.ThrowsAsync<RequestException>(() => other.Start(default).Within())).Message);
        await kernel.Close();
        await other.Start(default).Within();
    }

    [Theory]
    [InlineData(KernelTransport.Ipc)]
    [InlineData(KernelTransport.Tcp)]
    public async Task OtherClients_CanConnectByTheConnectionFile(KernelTransport transport)
    {
        await using var project = await KernelsProject.Start(options => options.Transport = transport);
        var kernel = await project.Kernel();
        await ExecutedCode.Of(kernel, "shared = 41");
        var file = (await kernel.Status()).ConnectionFile;
        var script = project.Install("client", "{}") + "/client.py";
        await File.WriteAllTextAsync(
            script,
            """
            import sys
            from jupyter_client import BlockingKernelClient
            client = BlockingKernelClient(connection_file=sys.argv[1])
            client.load_connection_file()
            client.start_channels()
            client.wait_for_ready(timeout=50)
            reply = client.execute_interactive('print(shared + 1)', timeout=50)
            """);
        Assert.Equal("42", (await HelperProcess.Shell($"/usr/bin/python3 {script} {file}")).Trim());
        await kernel.Close();
        Assert.Empty(project.Files());
    }
}
