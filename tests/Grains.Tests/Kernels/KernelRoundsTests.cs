using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>No start may hang (spec 10 §4.4), also beside others.</summary>
public sealed class KernelRoundsTests
{
    private const int AtOnce = 2;

    /// <summary><c>PROJECTSILO_LONG</c>: as many as it takes to be sure.</summary>
    private static readonly int Rounds = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PROJECTSILO_LONG")) ? 50 : 1_000;

    [Fact]
    public async Task StartAndExecute_NeverHangs()
    {
        await using var project = await KernelsProject.Start();
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Run(project, Rounds / AtOnce)));
        Assert.Empty(project.Files());
        Assert.Empty(await project.KernelDirectory.Running());
    }

    [LongFact]
    public async Task TwentyKernelsAtOnce_Work()
    {
        await using var project = await KernelsProject.Start();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Run(project, rounds: 1)));
        Assert.Empty(project.Files());
    }

    private static async Task Run(KernelsProject project, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            var kernel = await project.Kernel(new KernelOptions { Kernel = KernelsProject.Python, Path = "a.ipynb" });
            Assert.Equal("2", (await ExecutedCode.Of(kernel, "1+1")).Result);
            await kernel.Close().Within();
        }
    }
}
