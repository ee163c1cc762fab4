using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>What floods take of the daemon's memory. By themselves: what else runs takes memory as well.</summary>
[Collection(nameof(KernelMemoryTests))]
[CollectionDefinition(nameof(KernelMemoryTests), DisableParallelization = true)]
public sealed class KernelMemoryTests
{
    /// <summary>Prints of 10 KB: 200 MB; with <c>PROJECTSILO_LONG</c> 1 GB.</summary>
    private static readonly int Chunks = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PROJECTSILO_LONG")) ? 20_000 : 100_000;

    [Fact]
    public async Task Flood_OfOneWhoTakesNothing_StaysWithinBounds()
    {
        const int bound = 4_000_000;
        await using var project = await KernelsProject.Start(options =>
        {
            options.MaxWaitingOutputBytes = bound;
            options.Connection.MaxWaitingBytes = bound;
        });
        var kernel = await project.Kernel();
        await kernel.Start(default).Within();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        var isFirst = true;
        var executed = await ExecutedCode.Of(kernel, ExecutedCode.Request($"import sys\nfor i in range({Chunks}): sys.stdout.write('x' * 10_000), sys.stdout.flush()\nprint('end')"), async item =>
        {
            if (item.MessageType == "stream" && isFirst)
            {
                // Takes nothing until the kernel has said that it is idle.
                isFirst = false;
                await Bounded.UntilAsync(async () => (await kernel.Status()).ExecutionState == "idle", "the kernel is idle");
                most = GC.GetTotalMemory(forceFullCollection: true) - before;
            }
        });
        Assert.True(executed.IsDone);
        Assert.InRange(executed.Missing, 1, int.MaxValue);

        // There are two queues, and beside them some messages are on their way. Other tests may have let go of theirs meanwhile.
        Assert.InRange(most, long.MinValue, 40_000_000);
        Assert.Equal("1", (await ExecutedCode.Of(kernel, "1")).Result);
    }
}
