using Microsoft.Extensions.DependencyInjection;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>A kernel's process is known to be its notebook's (spec 14 §2, §7).</summary>
public sealed class KernelUsageTests
{
    [Fact]
    public async Task Usage_OfANotebook_IsThatOfItsKernel_AndNothingOnceClosed()
    {
        await using var project = await KernelsProject.Start();
        var info = project.Services.GetRequiredService<Orleans.IGrainFactory>().GetGrain<IProjectInfoGrain>(GrainKey.Of(0));
        var kernel = await project.Kernel(new KernelOptions { Kernel = KernelsProject.Python, Path = "nb/used.ipynb" });
        await kernel.Start(default).Within();
        await Bounded.UntilAsync(async () => await info.GetUsage("nb/used.ipynb") is { Memory: > 10 }, "the kernel's memory is told");
        await kernel.Close();
        await Bounded.UntilAsync(async () => await info.GetUsage("nb/used.ipynb") is { Memory: 0 }, "nothing is used any more");
    }
}
