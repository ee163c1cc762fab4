using Microsoft.Extensions.DependencyInjection;
using Orleans;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>Kernels that are not there, do not start, misbehave or die: whoever waits is told, and nothing is left.</summary>
public sealed class KernelFaultTests
{
    private static async Task<string> Failure(Func<Task> act) => (await Assert.ThrowsAsync<RequestException>(() => act().Within())).Message;

    private static string CannotSpawn(string kernel, string reason) =>
        $"**Unable to Spawn Jupyter Kernel:**\n\nError: {reason} \n\nTry this in a terminal to help debug this (or contact support): `jupyter console --kernel={kernel}`\n\nOnce you fix the problem, explicitly restart this kernel to test here.";

    [Fact]
    public async Task UnknownKernel_IsSaidByAll()
    {
        await using var project = await KernelsProject.Start();
        var kernel = await project.Kernel(new KernelOptions { Kernel = "nope", Path = "a.ipynb" });
        var expected = CannotSpawn("nope", "No spec available for kernel \"nope\".  Available specs: [\"python3\"]");
        await using var followed = new FollowedKernel(kernel);
        Assert.Equal(expected, await Failure(() => kernel.Start(default)));
        Assert.Equal(expected, await Failure(() => ExecutedCode.Of(kernel, "1")));
        Assert.Equal(expected, await Failure(() => kernel.Ask("kernel_info_request", "{}"u8.ToArray(), default)));
        await followed.Ended.Within();
        Assert.Equal([KernelState.Off, KernelState.Spawning, KernelState.Failed, KernelState.Closed], followed.States);
        var status = await kernel.Status();
        Assert.Equal(KernelState.Closed, status.State);
        Assert.Equal(expected, status.Error);
    }

    [Fact]
    public async Task NoKernel_CannotBeStarted()
    {
        await using var project = await KernelsProject.Start();
        var kernel = await project.Kernel(new KernelOptions { Kernel = "", Path = "a.ipynb" });
        Assert.Equal("cannot spawn since no kernel is set", await Failure(() => kernel.Start(default)));
        Assert.Equal("cannot spawn since no kernel is set", await Failure(() => ExecutedCode.Of(kernel, "1")));
        Assert.Equal(KernelState.Off, (await kernel.Status()).State);
    }

    [Fact]
    public async Task BrokenKernelspec_CannotBeStarted()
    {
        await using var project = await KernelsProject.Start();
        project.Install("missing", """{"argv":["/no/such/program","-f","{connection_file}"],"display_name":"x","language":"x"}""");
        project.Install("empty", """{"argv":[],"display_name":"y","language":"x"}""");
        project.Install("folder", """{"argv":["/tmp"],"display_name":"z","language":"x"}""");
        project.Install("nul", """{"argv":["/bin/true","\u0000"],"display_name":"zz","language":"x"}""");
        Assert.Equal(CannotSpawn("missing", "spawn /no/such/program ENOENT"), await Start("missing"));
        Assert.Equal(CannotSpawn("empty", "kernel.json has no argv"), await Start("empty"));
        Assert.Equal(CannotSpawn("folder", "spawn /tmp EACCES"), await Start("folder"));
        Assert.StartsWith("**Unable to Spawn Jupyter Kernel:**\n\nError: ", await Start("nul"), StringComparison.Ordinal);
        Assert.Empty(project.Files());

        async Task<string> Start(string name)
        {
            var kernel = await project.Kernel(new KernelOptions { Kernel = name, Path = "a.ipynb" });
            return await Failure(() => kernel.Start(default));
        }
    }

    [Fact]
    public async Task KernelThatDiesAtStart_IsReported()
    {
        await using var project = await KernelsProject.Start();
        project.Install("dies", """{"argv":["/bin/sh","-c","echo it is broken >&2; exit 5"],"display_name":"x","language":"x"}""");
        project.Install("killed", """{"argv":["/bin/sh","-c","kill -KILL $$"],"display_name":"x","language":"x"}""");
        var dies = await project.Kernel(new KernelOptions { Kernel = "DIES", Path = "a.ipynb" });
        Assert.Equal("Kernel last exited with code 5.\n...\nit is broken\n", await Failure(() => dies.Start(default)));
        var killed = await project.Kernel(new KernelOptions { Kernel = "killed", Path = "a.ipynb" });
        Assert.Equal("Kernel last terminated by signal SIGKILL.", await Failure(() => ExecutedCode.Of(killed, "1")));
        await dies.Close();
        await killed.Close();
        Assert.Empty(project.Files());
    }

    [Fact]
    public async Task KernelThatNeverStarts_IsGivenUp()
    {
        await using var project = await KernelsProject.Start(options => options.Connection.StartTimeout = TimeSpan.FromSeconds(1));
        project.Install("sleeps", """{"argv":["/bin/sleep","1000"],"display_name":"x","language":"x"}""");
        var sleeps = await project.Kernel(new KernelOptions { Kernel = "sleeps", Path = "a.ipynb" });
        var mute = await project.Misbehaving("mute");
        var failures = await Task.WhenAll(Failure(() => sleeps.Start(default)), Failure(() => ExecutedCode.Of(mute, "1")));
        Assert.All(failures, failure => Assert.Equal("Failed to start kernel process -- timeout", failure));
        await Task.WhenAll(sleeps.Close(), mute.Close());
        Assert.Empty(project.Files());
        Assert.Empty(await project.KernelDirectory.Running());
    }

    [Fact]
    public async Task StartThatHangs_IsGivenUp_AndEndedWhenItComesAbout()
    {
        await using var project = await KernelsProject.Start(options => options.SpawnTimeout = TimeSpan.FromMilliseconds(200));
        var kernel = await project.Kernel();
        using var release = new ManualResetEventSlim();

        // As if its file system did not answer: the threads that this kernel may have are taken.
        var caller = "kernel " + GrainKey.Parse(kernel.GetPrimaryKeyString()).Rest;
        var blocking = project.Services.GetRequiredService<BlockingWork>();
        var hanging = Enumerable.Range(0, new BlockingWorkOptions().ThreadsPerCaller).Select(_ => blocking.Run(caller, release.Wait)).ToArray();
        Assert.Equal("Failed to start kernel process. There was none after 0.2 s.", await Failure(() => kernel.Start(default)));
        release.Set();
        await Task.WhenAll(hanging).Within();
        await kernel.Close();
        await Bounded.UntilAsync(async () => (await project.KernelDirectory.Running()).IsEmpty && project.Files().Length == 0, "what was given up is gone");
    }

    [Fact]
    public async Task SearchThatHangs_IsGivenUp()
    {
        await using var project = await KernelsProject.Start(options => options.SpecsTimeout = TimeSpan.FromMilliseconds(200));
        var kernel = await project.Kernel();
        using var release = new ManualResetEventSlim();
        var blocking = project.Services.GetRequiredService<BlockingWork>();
        var hanging = Enumerable.Range(0, new BlockingWorkOptions().ThreadsPerCaller).Select(_ => blocking.Run("kernel specs", release.Wait)).ToArray();
        const string expected = "looking for kernels takes longer than 0.2 s; is there a dead folder among those of Jupyter?";
        Assert.Equal(expected, await Failure(() => kernel.Start(default)));
        Assert.Equal(expected, await Failure(() => project.KernelDirectory.Kernels(isFresh: false)));
        release.Set();
        await Task.WhenAll(hanging).Within();
        await kernel.Start(default).Within();
    }

    [Fact]
    public async Task KernelThatDiesMidCell_ReleasesAll()
    {
        await using var project = await KernelsProject.Start();
        var kernel = await project.Kernel();
        await using var followed = new FollowedKernel(kernel);
        Task<string>? waiting = null, asking = null;
        var items = new List<KernelItem>();
        var failure = await Failure(() => ExecutedCode.Of(kernel, ExecutedCode.Request("import os, sys, time; print('last words', flush=True); time.sleep(0.2); os.write(2, b'x' * 6000 + b'end'); os._exit(3)"), item =>
        {
            items.Add(item);
            if (item.MessageType == "execute_input")
            {
                waiting = Failure(() => ExecutedCode.Of(kernel, "1"));
                asking = Failure(() => kernel.Ask("complete_request", """{"code":"a","cursor_pos":1}"""u8.ToArray(), default));
            }

            return Task.CompletedTask;
        }));
        Assert.StartsWith("Kernel last exited with code 3.", failure, StringComparison.Ordinal);
        Assert.Equal(failure, await waiting!);
        Assert.Equal(failure, await asking!);
        Assert.Contains(items, item => item.MessageType == "stream");
        await followed.Ended.Within();
        Assert.Equal([KernelState.Off, KernelState.Spawning, KernelState.Starting, KernelState.Running, KernelState.Failed, KernelState.Closed], followed.States);

        // What is asked for now gets a new process.
        Assert.Equal("2", (await ExecutedCode.Of(kernel, "1+1")).Result);
        Assert.Equal("", (await kernel.Status()).Error);
    }

    [Fact]
    public async Task KernelOutOfMemory_SaysSo_AndItsLimitsHold()
    {
        await using var project = await KernelsProject.Start();
        var kernel = await project.Kernel(new KernelOptions { Kernel = KernelsProject.Python, Path = "a.ipynb", ResourceLimits = "-n 1000 -f 10485760 -t 30 -v 3000000" });
        Assert.Equal("MemoryError", (await ExecutedCode.Of(kernel, "a = 'x' * 4_000_000_000")).Error);
        Assert.Equal("(1000, 1000)", (await ExecutedCode.Of(kernel, "import resource; resource.getrlimit(resource.RLIMIT_NOFILE)")).Result);
        Assert.NotEmpty(Directory.GetFileSystemEntries(project.Temporary, "cocalc-*"));

        // The script has become the kernel.
        Assert.Equal((await kernel.Status()).Pid.ToString(System.Globalization.CultureInfo.InvariantCulture), (await ExecutedCode.Of(kernel, "import os; os.getpid()")).Result);
        Assert.Equal("Kernel last terminated by signal SIGKILL.", (await Failure(() => ExecutedCode.Of(kernel, "os.kill(os.getpid(), 9)"))).Split('\n')[0]);
        await kernel.Close();
        Assert.Empty(project.Files());
    }

    [Fact]
    public async Task Flood_OfTinyMessages_NeitherBlocksTheKernelNorTheGrain()
    {
        await using var project = await KernelsProject.Start();
        var kernel = await project.Misbehaving("flood");
        var executed = ExecutedCode.Of(kernel, """{"tiny":100000}""");
        var asked = 0;
        while (!executed.IsCompleted)
        {
            await kernel.Status().WaitAsync(Bounded.Limit);
            asked++;
            await Task.Yield();
        }

        Assert.True((await executed).IsDone);
        Assert.Equal(100_000, (await executed).Missing + (await executed).Contents("stream").Count());
        Assert.InRange(asked, 1, int.MaxValue);
    }

    [Fact]
    public async Task KernelThatSignsWrongly_IsGivenUp()
    {
        await using var project = await KernelsProject.Start(options => options.Connection.StartTimeout = TimeSpan.FromSeconds(2));
        var kernel = await project.Misbehaving("bad-signatures");
        Assert.Equal("Failed to start kernel process -- timeout", await Failure(() => kernel.Start(default)));
    }

    [Fact]
    public async Task KernelThatNeverSaysIdle_DoesNotFinish_UntilItsTimeIsOver()
    {
        var time = new FakeTimeProvider();
        await using var project = await KernelsProject.Start(time: time);
        var kernel = await project.Misbehaving("never-idle");
        var taken = 0;
        var executing = ExecutedCode.Of(kernel, ExecutedCode.Request("""{"tiny":1}""") with { Timeout = TimeSpan.FromSeconds(5) }, item =>
        {
            taken += item.MessageType == "execute_reply" ? 1 : 0;
            return Task.CompletedTask;
        });
        await Bounded.Until(
            () =>
            {
                // The handshake needs the clock.
                time.Advance(TimeSpan.FromMilliseconds(1));
                return taken > 0;
            },
            "the reply has come");
        Assert.False(executing.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(6));

        Assert.True((await executing).IsDone);
    }

    [Fact]
    public async Task ReplyThatWasLost_IsFoundOut()
    {
        await using var project = await KernelsProject.Start(options => options.LostIdleTime = TimeSpan.FromMilliseconds(100));
        var kernel = await project.Misbehaving("no-reply");
        for (var round = 0; round < 3; round++)
        {
            var executed = await ExecutedCode.Of(kernel, """{"tiny":3}""");
            Assert.Equal("x\nx\nx\n", executed.Text);
            Assert.Equal(["busy", "idle"], executed.Contents("status").Select(content => (string)content["execution_state"]!));
        }
    }

    [Fact]
    public async Task InterruptAtOnce_HangsNothing()
    {
        await using var project = await KernelsProject.Start(options => options.LostIdleTime = TimeSpan.FromMilliseconds(200));
        var kernel = await project.Kernel();
        await kernel.Start(default).Within();
        for (var round = 0; round < 30; round++)
        {
            var executing = ExecutedCode.Of(kernel, "import time\nfor i in range(5): time.sleep(0.01)");
            await Task.Delay(TimeSpan.FromMilliseconds(round % 6));
            await kernel.Signal("SIGINT");
            Assert.True((await executing).IsDone);
        }

        Assert.Equal("1", (await ExecutedCode.Of(kernel, "1")).Result);
    }

    [Fact]
    public async Task IdleThatWasLost_IsFoundOut()
    {
        await using var project = await KernelsProject.Start(options => options.LostIdleTime = TimeSpan.FromMilliseconds(100));
        var kernel = await project.Misbehaving("never-idle");

        // At once one after the other, so that what else comes of a probe finds the next one being executed.
        for (var round = 0; round < 6; round++)
        {
            var executed = await ExecutedCode.Of(kernel, """{"tiny":3}""");
            Assert.Equal("x\nx\nx\n", executed.Text);
            Assert.Equal(1, executed.Missing);
            Assert.True(executed.IsDone);
        }
    }

    [Fact]
    public async Task EndlessLoop_WhoseTimeIsOver_IsInterrupted()
    {
        await using var project = await KernelsProject.Start(options => options.InterruptWait = TimeSpan.FromSeconds(20));
        var kernel = await project.Kernel();
        var executed = await ExecutedCode.Of(kernel, ExecutedCode.Request("n = 7\nwhile True: pass") with { Timeout = TimeSpan.FromSeconds(0.5) });
        Assert.Equal("KeyboardInterrupt", executed.Error);
        Assert.Equal("7", (await ExecutedCode.Of(kernel, "n")).Result);
        Assert.Equal("7", (await ExecutedCode.Of(kernel, ExecutedCode.Request("n") with { Timeout = TimeSpan.MaxValue })).Result);
    }

    [Fact]
    public async Task EndlessLoop_ThatDoesNotListen_IsKilled()
    {
        await using var project = await KernelsProject.Start(options => options.InterruptWait = TimeSpan.FromMilliseconds(50));
        var kernel = await project.Kernel();
        var executed = await ExecutedCode.Of(
            kernel, ExecutedCode.Request("import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('deaf', flush=True)\nwhile True: time.sleep(1)") with { Timeout = TimeSpan.FromSeconds(0.5) });
        Assert.True(executed.IsDone);
        Assert.Equal("deaf\n", executed.Text);
        Assert.Equal(KernelState.Closed, (await kernel.Status()).State);
        Assert.Equal("2", (await ExecutedCode.Of(kernel, "1+1")).Result);
    }
}
